Feature: What a person wants and shows
  A person says on one device what they want, and all their devices know; and shows others no more than they mean to.

  Background:
    Given Polyphony is running
    And Ben registers

  Scenario: Another device follows
    Given Ben's other device follows what Ben wants
    When Ben wants the language "pt-BR" and shows what they listen to FOLLOWERS
    Then Ben's other device knows the language "pt-BR"
    When Ben's other device, which has not looked, wants the language "de"
    Then Ben is told CONFLICT about "version"

  Scenario: A picture tells no more than it shows
    When Ben shows a photograph that was taken "at home, 48.2 N 16.3 E"
    Then everybody sees the picture of Ben
    And nobody can find "at home, 48.2 N 16.3 E" in it
    When Ben takes their picture away
    Then nobody sees a picture of Ben

  Scenario: What is no picture is not shown
    When Ben wants to show "<svg onload=alert(1)>"
    Then Ben is told BAD_USER_INPUT about "file"
    And nobody sees a picture of Ben
