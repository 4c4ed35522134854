"""Achievements: definitions, progress, unlocks, announcements."""
