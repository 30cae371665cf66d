/* Signatures over a file, made by ssh-keygen or gpg: nobody is asked anything. The child has no terminal, no askpass program and a bounded time; it is the one
 * that may use the user's agent. What is locked and not in an agent fails, with SIGNING.
 *
 * ssh: an armoured SSH signature of the namespace "file" (ssh-keygen -Y sign), gpg: an armoured detached one. Rules: OpenSSH's PROTOCOL.sshsig and
 * ssh-keygen(1), RFC 4880, GnuPG's doc/DETAILS. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

#include <glib.h>
#include <stdbool.h>

/* All borrowed. */
typedef struct {
    const char *kind; /* "ssh" or "gpg" */
    /* ssh: path of a private key, or of a public one whose other half an agent has, or a public key itself ("ssh-ed25519 AAAA…"); gpg: a full fingerprint, as
     * sign_resolve returns it. */
    const char *key;
    const char *signers; /* ssh: a file of allowed signers that must allow it, too, at the time `when` and for files; or NULL */
    gint64 when;         /* of what is signed, as git asks about a tag by the tag's own time; 0: now */
    const char *revoked; /* ssh: a file of revoked keys, or a KRL; or NULL */
    const char *program; /* NULL: ssh-keygen or gpg */
    const gint *cancel;  /* or NULL */
    const char *mark;    /* SLIPWAY_CHILD, or NULL */
} SignSpec;

/* Of an effect's parameters: kind, key, program, signers, revoked, when. Borrowed from them. */
SignSpec sign_spec(const json_t *params);
/* The key in full, once and for all, so that no other of the same name can take its place. gpg: what names it (an id, a mail address, "": gpg's own choice) is
 * looked for among the secret keys of this user; of several nobody chooses. ssh: as it is. SIGNING. g_free. */
char *sign_resolve(const SignSpec *spec, GError **error);

/* The public key that stands there as text (key::…, ssh-…, ecdsa-…, sk-…), within `key`; NULL: it is the name of a file. */
const char *sign_literal(const char *key);
/* The public key, as text, that a command of the user's prints first (git's gpg.ssh.defaultKeyCommand). NULL: none; with an error where it cannot run. g_free.
 */
char *sign_default_key(const char *command, GError **error);
/* What a signature of a file is called behind its name: ".sig" or ".asc". Static; NULL for a kind that is none. */
const char *sign_suffix(const char *kind);
/* Signs the file and writes the signature, whole or not at all. SIGNING, IO. */
bool sign_make(const SignSpec *spec, const char *file, const char *signature, GError **error);
/* Is it one good signature of the file by this key, and by no other: not expired, not revoked, alone in its file? NOT_VERIFIED when not; SIGNING when that
 * cannot be found out. */
bool sign_check(const SignSpec *spec, const char *file, const char *signature, GError **error);
/* Signs something and checks it, in a scratch folder. SIGNING. */
bool sign_try(const SignSpec *spec, GError **error);
