/* What a signature file may be, and what gpg's machine-readable answer proves. Pure: bytes in, a verdict out. What is not known is not good. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Is it one armoured block of this label ("SSH", "PGP") and nothing else, before it, in it or behind it? */
bool sign_is_one_block(const char *text, gsize length, const char *label);

/* "0xABCD 1234 …" as 40 or 64 hexadecimal digits in capitals, with the "!" of a key that is meant itself, not its subkeys; NULL: it is no full fingerprint.
 * g_free. */
char *sign_fingerprint(const char *key);

/* gpg's status lines (GnuPG's doc/DETAILS) of one verification: exactly one signature, good, binary, by no weak digest, by the key of this fingerprint (as
 * sign_fingerprint returns it), and nothing said against it. *why: else, what is wrong; g_free. */
bool sign_status_is_good(const char *status, gsize length, const char *fingerprint, char **why);
