"""What was told against what was there: found, missed, false alarms, metres and seconds."""
