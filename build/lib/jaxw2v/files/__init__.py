"""This program's own files, written whole or not at all and read with distrust; what every wing may use."""
