Feature: A recording in every form that listeners need
  What was uploaded without loss can be heard without loss, and kept.

  Scenario: A lossless recording is heard without loss, over DASH, and kept
    Given Polyphony is running
    And Ada has published the track "Dawn" with a recording of 7 seconds
    Then Ben, who registers now, can play "Dawn" for 7 seconds
    And Ben can play "Dawn" without loss for 7 seconds
    And Ben is offered "Dawn" over DASH
    And Ben can see "Dawn" drawn
    And Ben can keep "Dawn" as MP3, which plays for 7 seconds

  Scenario: Encrypted segments play for whoever has the address, and for nobody else
    Given segments are encrypted with another key after each one
    And Polyphony is running
    And Ada has published the track "Dawn" with a recording of 13 seconds
    Then Ben, who registers now, can play "Dawn" for 13 seconds
    And a key of the address is given to nobody whose address is altered
