"""Running a suite: every case asked as its person, scored, and kept."""
