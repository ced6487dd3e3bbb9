Feature: Signing in by a provider of identities
  Nobody needs another password, and nobody gets in by an address.

  Background:
    Given Polyphony is running beside a provider of identities

  Scenario: Who is new gets an account, and comes back to it
    When Nina signs in at the provider
    Then Nina has an account with a proved address
    When Nina signs in at the provider once more
    Then Nina has the same account

  Scenario: An account is not taken over by its address
    Given Ben registers
    When Ben follows the link of the mail "Welcome to Polyphony"
    And somebody signs in at the provider as "ben"
    Then somebody is told CONFLICT about "email"

  Scenario: A provider is linked to an account, and removed
    Given Ben registers
    When Ben links the provider
    Then who signs in at the provider as Ben is Ben
    When Ben removes the provider
    Then who signs in at the provider as Ben is somebody else
