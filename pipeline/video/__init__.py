"""Pictures that come as film: of videos, and of a recorder's log that is replayed."""
