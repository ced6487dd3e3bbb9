Feature: Signing out counts everywhere
  Whoever ends a session, from wherever, is obeyed within seconds.

  Scenario: A device is signed out from another one
    Given Polyphony is running
    And Ben registers
    And Ben has signed in on a second device
    And the second device of Ben listens to something live
    When Ben signs the second device out
    Then the second device of Ben is refused within 5 seconds
    And what it listened to has ended
    But Ben is still signed in

  Scenario: An admin suspends an account, with every service in a process of its own
    Given every service is running in a process of its own
    And Ben registers
    And Ada registers and is made an admin
    When Ada suspends Ben
    Then every device of Ben is refused within 5 seconds
    And Ben, who signs in, is told FORBIDDEN
    And Ada reads in the audit that Ben was SUSPENDED by Ada
    When Ada reinstates Ben
    Then Ben can sign in again
