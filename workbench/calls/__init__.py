"""What happens between a step and a provider: find the recorded answer, or send and record it."""
