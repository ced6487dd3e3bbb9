Feature: An end that leaves nothing
  A person who leaves takes everything along, and can think it over first.

  Scenario: A person leaves
    Given a Polyphony in which there are 0 seconds to think an end over
    And Ada has registered and become an artist
    And Ada has made the track "Dawn" on the album "First Light" by "Ada Sound"
    When Ada deletes their account
    Then every device of Ada is refused within 10 seconds
    And Ada gets the mail "Your account was deleted"
    And anybody who knows of the deletion sees it completed by every part of the service
    And Ada, who signs in, is told UNAUTHENTICATED
    When Ada registers
    Then Ada's registration is soon COMPLETE

  Scenario: A person thinks better of it
    Given Polyphony is running
    And Ben registers
    When Ben deletes their account
    Then Ben's account is to end
    And Ben gets the mail "Your account will be deleted"
    When Ben keeps their account after all
    Then Ben's account is not to end
    And Ben is still signed in
