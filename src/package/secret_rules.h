/* The rules of secrets.def, as data. Private to this folder. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    SECRET_ALNUM,       /* A-Z a-z 0-9 */
    SECRET_WORD,        /* and _ */
    SECRET_URL,         /* and - (base64 for URLs) */
    SECRET_BASE32,      /* A-Z 2-7 */
    SECRET_UPPER_BLANK, /* A-Z and a blank */
} SecretCharacters;

/* A token that was found, with what stands around it. */
typedef struct {
    const char *path;        /* of the member */
    const guint8 *rest;      /* behind the prefix */
    gsize length;            /* of the rest */
    const guint8 *from, *to; /* at least 512 bytes before the token and 1024 behind it, where there are so many */
} SecretFound;

typedef struct {
    const char *rule, *prefix;
    SecretCharacters characters;
    guint least, most;
    bool (*check)(const SecretFound *found);
    const char *words;
} SecretToken;

typedef struct {
    const char *rule, *glob, *words; /* litter has no rule */
} SecretFile;

const SecretToken *package_secret_tokens(guint *count);
const SecretFile *package_secret_files(guint *count);
const SecretFile *package_secret_litter(guint *count);
bool package_secret_is(SecretCharacters characters, guint8 byte);
