Feature: From registering to the first play
  An artist brings a recording; minutes later anyone can hear it.

  Background:
    Given Polyphony is running

  Scenario: An artist uploads a recording and a listener plays it
    Given Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada uploads a recording of 20 seconds to "Dawn"
    Then Ada sees the processing of "Dawn" rise until it is READY
    When Ada publishes "Dawn"
    And Ben registers
    Then one operation tells Ben that "Dawn" is by "Ada Sound" on "First Light", that Ada uploaded it, and where it streams
    And the address offers the renditions "aac-64, aac-96, aac-160, aac-320"
    And the playlists and segments are served the way players and caches expect
    And each rendition plays for 20 seconds
    And a player that jumps to second 13 hears the last 7 seconds

  Scenario: A stop is clean and a second start keeps everything
    Given Ada has published the track "Dawn" with a recording of 3 seconds
    When Polyphony is asked to stop
    Then it stops cleanly
    When Polyphony is running again
    Then Ada can sign in again
    And Ben, who registers now, can play "Dawn" for 3 seconds
