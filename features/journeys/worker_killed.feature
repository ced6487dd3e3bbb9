Feature: A worker killed in the middle
  Work that a crash interrupts is done again, once, and the crash leaves no trace.

  Scenario: The machine of a worker fails
    Given Polyphony is running without a media worker
    And a media worker is running apart
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada uploads a recording of 300 seconds to "Dawn"
    And the media worker is killed in the middle of "Dawn"
    Then none of its processes goes on
    When another media worker is started
    Then "Dawn" gets READY
    And there is exactly one ladder
    And nothing temporary is left
    And the media worker stops cleanly
