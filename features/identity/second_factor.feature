Feature: A second factor
  A password can be stolen; the phone is somewhere else.

  Background:
    Given Polyphony is running
    And Ben registers
    And Ben turns on the second factor with an app

  Scenario: Signing in takes the password and a code, and each code works once
    When Ben signs in with the password alone
    Then Ben is asked for the second factor
    When Ben shows the app's next code
    Then Ben is signed in again
    But the same code does not sign anybody in
    And Ben gets the mail "Two-step sign-in is on"

  Scenario: The phone is gone
    When Ben signs in with the password alone
    And Ben shows the first recovery code
    Then Ben is signed in again
    And Ben has 9 recovery codes left
    And the first recovery code does not sign anybody in

  Scenario: A stolen session cannot do without it
    When somebody who holds Ben's session changes the password without a code
    Then somebody is told BAD_USER_INPUT about "code"
    When Ben turns the second factor off with the first recovery code
    Then Ben can sign in again
    And Ben gets the mail "Two-step sign-in is off"

  Scenario: The phone and the paper are gone
    Given Ada registers and is made an admin
    When Ada, who is sure that it is Ben, takes the second factor of Ben away
    Then every device of Ben is refused within 5 seconds
    And Ben gets the mail "Your second factor was taken away"
    And Ada reads in the audit that Ben was SECOND_FACTOR_RESET by Ada
    And Ben can sign in again
