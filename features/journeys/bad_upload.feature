Feature: A bad upload
  What is not what it was said to be is refused by name, and leaves nothing behind.

  Background:
    Given Polyphony is running
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"

  Scenario: Other bytes than announced
    When Ada announces a recording for "Dawn" and sends other bytes
    Then the upload is refused because of "sha256"
    And no file is kept
    And "Dawn" is still DRAFT

  Scenario: More bytes than announced
    When Ada announces a recording for "Dawn" and sends one byte more
    Then the upload is refused because of "sizeBytes"
    And no file is kept
    And "Dawn" is still DRAFT

  Scenario: Fewer bytes than announced
    When Ada announces a recording for "Dawn" and sends one byte less
    Then the upload is refused because of "sizeBytes"
    And no file is kept
    And "Dawn" is still DRAFT

  Scenario: Nothing at all
    When Ada announces a recording for "Dawn" and sends nothing
    Then the upload is refused because of "uploadId"
    And no file is kept
    And "Dawn" is still DRAFT

  Scenario: A type that is no sound
    When Ada announces a file of the type "application/pdf" for "Dawn"
    Then Ada is told BAD_USER_INPUT about "mediaType"

  Scenario: A text that calls itself a recording
    When Ada uploads a text to "Dawn" and calls it a recording
    Then the processing of "Dawn" fails, with a reason that a person understands
    And nothing temporary is left
    When Ada uploads a recording of 2 seconds to "Dawn"
    Then Ada sees the processing of "Dawn" rise until it is READY

  Scenario: Somebody else's track
    Given Eve has registered and become an artist
    When Eve announces a recording for "Dawn"
    Then Eve is told FORBIDDEN

  Scenario: Nobody's session
    When a stranger announces a recording for "Dawn"
    Then the stranger is told UNAUTHENTICATED

  Scenario: Somebody else's upload address, guessed
    When Ada announces a recording for "Dawn" and sends it to an altered address
    Then the altered address is refused
    And no file is kept
