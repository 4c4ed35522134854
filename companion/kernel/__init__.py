"""The ground floor: values and helpers that need nothing but the standard library."""
