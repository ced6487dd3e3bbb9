Feature: Services apart
  What runs in one process runs in many, and nobody outside can tell.

  Scenario: From the recording to the listener, with every service in a process of its own
    Given every service is running in a process of its own
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada uploads a recording of 5 seconds to "Dawn"
    Then Ada sees the processing of "Dawn" rise until it is READY
    When Ada publishes "Dawn"
    And Ben registers
    Then one operation tells Ben that "Dawn" is by "Ada Sound" on "First Light", that Ada uploaded it, and where it streams
    And each rendition plays for 5 seconds
    And every service stops cleanly

  Scenario: A service that does not answer costs only its own fields
    Given every service is running in a process of its own
    And Ada has published the track "Dawn" with a recording of 3 seconds
    When Ben registers
    And the service "playback" is killed
    Then Ben still finds "Dawn" by "Ada Sound", without a stream and with the error UNAVAILABLE
    When the service "playback" is started again
    Then Ben, who asks again, can play "Dawn" for 3 seconds
