Feature: API keys
  A partner's program uses the same endpoint as everybody, with a key that says what it may do and how often.

  Scenario: A key is made, used, limited, rotated and revoked
    Given Polyphony is running
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada founds the organisation "Radio Nord"
    And Ada makes the key "Player" with the scopes CATALOG_READ and USAGE_READ, for 4 requests a minute
    Then the key "Player" opens the catalog
    But the key "Player" is FORBIDDEN to open a profile
    And for the key "Player" there is no signing in
    When the program with the key "Player" asks once more than it may
    Then it is told RATE_LIMITED and when to come again
    And Ada sees 4 requests let in and 1 refused with the key "Player"
    When Ada rotates the key "Player" with an overlap of 3600 seconds
    Then neither secret of the key "Player" is UNAUTHENTICATED
    When Ada revokes the key "Player"
    Then within 5 seconds both secrets of the key "Player" are UNAUTHENTICATED

  Scenario: A key opens as well where every service is a process of its own, and no use of it is lost
    Given every service is running in a process of its own
    And Ada has registered and become an artist
    When Ada founds the organisation "Radio Nord"
    And Ada makes the key "Player" with the scopes CATALOG_READ and USAGE_READ, for 50 requests a minute
    Then the key "Player" opens the catalog
    When the gateway is stopped and started again
    Then Ada sees 1 requests let in and 0 refused with the key "Player"
