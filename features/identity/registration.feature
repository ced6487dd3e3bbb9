Feature: A whole account or none
  Whoever registers can begin at once, and within moments everything that belongs to an account is there.

  Scenario: A registration is completed behind the scenes
    Given Polyphony is running
    When Ben registers
    Then Ben's registration is soon COMPLETE
    And Ben gets the mail "Welcome to Polyphony"
    When Ben says that they like "jazz" and "dub"
    Then Ben's taste is "Jazz" and "Dub"

  Scenario: A registration that cannot be completed is taken back
    Given a Polyphony in which a step of a registration may take 1 second
    And nobody makes taste profiles
    When Ben registers
    Then every device of Ben is refused within 10 seconds
    And Ben, who signs in, is told UNAUTHENTICATED
