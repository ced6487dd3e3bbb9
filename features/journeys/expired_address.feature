Feature: An expired address
  A media address is a right for a short while. It ends by itself, and it cannot be made up.

  Scenario: An address that nobody uses expires
    Given media addresses live 5 seconds after their last use
    And Polyphony is running
    And Ada has published the track "Dawn" with a recording of 3 seconds
    And Ben, who registers now, has the address of "Dawn"
    When nobody uses the address for 6 seconds
    Then the address is refused

  Scenario: An address lives on while it is played, but not for ever
    Given media addresses live 5 seconds after their last use
    And media addresses live at most 20 seconds
    And Polyphony is running
    And Ada has published the track "Dawn" with a recording of 3 seconds
    And Ben, who registers now, has the address of "Dawn"
    Then the address works for 9 seconds, used again and again
    But it is refused in the end, used again and again

  Scenario: An altered address is no address
    Given Polyphony is running
    And Ada has published the track "Dawn" with a recording of 3 seconds
    And Ben, who registers now, has the address of "Dawn"
    Then the address is refused with any one of its characters changed
    And the address leads nowhere but to the files of "Dawn"

  Scenario: A track that is not published any more
    Given Polyphony is running
    And Ada has published the track "Dawn" with a recording of 3 seconds
    And Ben, who registers now, has the address of "Dawn"
    When Ada unpublishes "Dawn"
    Then the address is refused
    And Ben is offered no address of "Dawn"
