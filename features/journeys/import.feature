Feature: Importing a folder
  A collection comes in with one command, which says what it refused and can be run again.

  Scenario: A folder of music with one file that is none
    Given Polyphony is running
    And a folder of music:
      | file                   | artist      | album       | title | number |
      | Ada/First Light/1.flac | Ada Sound   | First Light | Dawn  | 1      |
      | Ada/First Light/2.ogg  | Ada Sound   | First Light | Noon  | 2      |
      | Ben/demo.mp3           | Ben & Bells | Chimes      | Ding  | 1      |
    And in it a text called "Ben/notes.mp3"
    When the folder is imported
    Then the import ends with exit code 1 and names "notes.mp3" with a reason
    And everybody finds exactly the music of the folder, ready to be played
    When the folder is imported
    Then the import ends with exit code 1 and names "notes.mp3" with a reason
    And everybody finds exactly the music of the folder, ready to be played

  Scenario: A folder of music alone
    Given Polyphony is running
    And a folder of music:
      | file     | artist    | album       | title | number |
      | dusk.wav | Ada Sound | First Light | Dusk  | 3      |
    When the folder is imported
    Then the import ends with exit code 0
    And everybody finds exactly the music of the folder, ready to be played
