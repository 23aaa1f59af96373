"""The vault: encrypted blobs, their keys, and sealed values for database columns. It owns every path and every key.

Threat: somebody copies, reads or changes the files under the vault's root, or reads a backup of them. Guarantee:
without the key file nothing of content, name, type or equality is learnt (only sizes); every change, truncation,
reordering or exchange is noticed before a byte of it is handed out; a destroyed blob stays destroyed. Residual risk:
a whole blob put back from a backup after its destruction opens again while its key version lives; destruction by
overwriting is only as good as the disk (copy-on-write and flash keep old blocks); Python cannot wipe keys from memory.
"""
