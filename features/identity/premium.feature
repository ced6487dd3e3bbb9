Feature: Premium
  Whoever runs the service gives premium by hand, and everything that a person's next token opens knows of it.

  Scenario: A winner of a raffle
    Given Polyphony is running
    And Ben registers
    And Ada registers and is made an admin
    Then the token of Ben says FREE
    When Ada gives Ben 30 days of premium
    And Ben signs in with the password "Ben keeps a long secret"
    Then the token of Ben says PREMIUM
    And Ada reads in the audit that Ben was PREMIUM_GRANTED by Ada
