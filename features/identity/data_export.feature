Feature: A copy of all that is kept
  A person can have everything that the service keeps of them, in files they can read.

  Background:
    Given Polyphony is running

  Scenario: A person watches their copy being made and reads it
    Given Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada asks for a copy of their data
    Then Ada sees it come along until it is ready
    And the copy of Ada tells of "ada@example.org", "Ada Sound" and "Dawn"

  Scenario: Nobody gets another's copy
    Given Ben registers
    And Ada registers
    When Ada asks for a copy of their data
    Then Ada sees it come along until it is ready
    And Ben sees no copy
