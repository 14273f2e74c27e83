"""What a run says in plain words: what is good, what is poor, what to distrust."""
