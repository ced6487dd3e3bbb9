Feature: An account that stays its owner's
  A person proves that they read their mail, and by their mail they get back in.

  Background:
    Given Polyphony is running
    And Ben registers

  Scenario: An address is proved by the link of the welcome mail
    Then Ben's address is not proved
    When Ben follows the link of the mail "Welcome to Polyphony"
    Then Ben's address is proved
    When Ben follows the link of the mail "Welcome to Polyphony" again
    Then Ben is told BAD_USER_INPUT about "token"

  Scenario: A forgotten password
    Given Ben has signed in on a second device
    When somebody says that "ben@example.org" has forgotten the password
    And Ben chooses the password "seventeen green umbrellas" by the link of the mail "Choose a new password"
    Then every device of Ben is refused within 5 seconds
    And Ben can sign in with the password "seventeen green umbrellas"
    And Ben gets the mail "Your password was changed"

  Scenario: Somebody without an account has forgotten the password
    When somebody says that "nobody@example.org" has forgotten the password
    And somebody says that "ben@example.org" has forgotten the password
    Then Ben gets the mail "Choose a new password"
    And "nobody@example.org" has got no mail

  Scenario: Another address needs the consent of both
    When Ben wants the address "ben@elsewhere.example"
    And Ben follows the link of the mail "Confirm your new e-mail address" to "ben@elsewhere.example"
    Then Ben has the address "ben@example.org"
    When Ben follows the link of the mail "Confirm the change of your e-mail address"
    Then Ben has the address "ben@elsewhere.example"
    And Ben gets the mail "Your e-mail address was changed"

  Scenario: A name that looks like another's
    When Lily registers
    And somebody wants to register as "1i1y"
    Then somebody is told CONFLICT about "username"
