Feature: The catalogue is heard by another model
  What sounds alike is found by a model. Who runs Polyphony can take another one: until it has heard everything the one before answers.

  Scenario: An admin has it rebuilt
    Given Polyphony is running
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    And Ada has made the track "Dusk" on the album "Last Light" by "Ada Noise"
    And Ned registers and is made an admin
    When Ada uploads a song of 8 seconds to "Dawn"
    Then Ada sees the processing of "Dawn" rise until it is READY
    When Ada publishes "Dawn"
    And Ada uploads a song of 9 seconds to "Dusk"
    Then Ada sees the processing of "Dusk" rise until it is READY
    When Ada publishes "Dusk"
    Then Ada finds "Dusk" similar to "Dawn"
    When Polyphony is started again with another model
    And Ned asks for the embeddings to be rebuilt
    Then Ned soon sees that 2 uploads were to be heard by "tiny-v3-8", and that it answers
    And Ada finds "Dusk" similar to "Dawn"
    And Ned soon reads in the audit that Ned did EMBEDDINGS_REBUILT
