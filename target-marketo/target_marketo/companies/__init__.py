"""What leads say of their companies, written to the companies."""
