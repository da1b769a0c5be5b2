"""The long tables that version files share, each as of the version its name says."""
