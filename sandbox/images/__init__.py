"""Container images made from files on this machine, where no registry can be reached."""
