Feature: Phones and the operations they are made with
  A phone sends the ids of its operations, not their text: less to send, more from caches, and nothing else runs in its name.

  Background:
    Given the program "polyphony-ios" may use trusted operations only

  Scenario: A phone asks by id, and again when it has the answer already
    Given Polyphony is running
    And Ada has published the track "Dawn" with a recording of 2 seconds
    When the phone opens the page of "Dawn"
    Then it shows "Dawn", and the answer may be kept by everybody
    When the phone opens the page of "Dawn" again
    Then it is told that nothing has changed
    When the phone sends the text of an operation
    Then it is told PERSISTED_QUERY_ID_REQUIRED

  Scenario: A signed-in phone's answers are its own
    Given Polyphony is running
    And Ada has published the track "Dawn" with a recording of 2 seconds
    When Ada's phone opens the page of "Dawn"
    Then it shows "Dawn", and the answer may be kept by the phone alone

  Scenario: New operations arrive without a restart
    Given the trusted operations are in a file
    And Polyphony is running
    When the file of trusted operations is broken
    Then Polyphony says so, and the phone's operations still run
    When an operation is added to the file of trusted operations
    Then the phone can use it, without a restart
