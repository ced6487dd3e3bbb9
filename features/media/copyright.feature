Feature: A recording that is known already
  Who sends in somebody else's recording has to wait for an admin, whatever the file is made of.

  Background:
    Given Polyphony is running
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    And Eve has registered and become an artist
    And Eve has made the track "Mine" on the album "Takings" by "Eve Noise"
    And Ned registers and is made an admin
    When Ada uploads a song of 40 seconds to "Dawn"
    Then Ada sees the processing of "Dawn" rise until it is READY
    When Ada publishes "Dawn"
    And Eve uploads the same song to "Mine" as a quiet MP3 that begins 10 seconds later
    Then Eve sees the processing of "Mine" end with HELD, and is not told whose recording it is
    And Eve gets the mail "A track of yours waits for a decision"
    When Eve wants "Mine" published
    Then "Mine" is still HELD

  Scenario: It is rejected
    When Ned looks into the queue
    Then he finds "Mine" beside "Dawn", 10 seconds apart
    When Ned rejects "Mine" because "This is Ada's."
    Then Eve finds "Mine" REJECTED because "This is Ada's."
    And Eve gets the mail "A track of yours will not be published"
    And Ned soon reads in the audit that Eve's recording was RECORDING_REJECTED

  Scenario: It is allowed, and published by itself
    When Ned looks into the queue
    And Ned allows "Mine"
    Then Eve gets the mail "A track of yours may be published"
    And Ben, who registers now, can play "Mine" for 30 seconds
