/* A release that is out, looked at as anybody may: without a token, by what is published with it. */
#pragma once

#include "forge/forge.h"
#include "steps/step.h"

typedef struct {
    ForgeRelease *release;
    json_t *files; /* [{name, size, sha256}]: its assets whose digest is known: by SHA256SUMS among them, else by the forge */
    json_t *loose; /* names of those whose digest nobody says */
    bool sums;     /* there is a SHA256SUMS */
} Published;
void published_clear(Published *published);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Published, published_clear)

/* The public release of a tag; forge: parameters. False with NO_RELEASE: there is none. */
bool published_find(const json_t *forge, const char *tag, Published *published, GError **error);

/* The forge's parameters for one who looks without a token; `closed`: with it, because nobody else sees anything there. New reference. */
json_t *release_strangers_forge(const World *world, bool closed);
/* The highest final version that is public at the project's forge. NULL: NO_RELEASE, or the forge cannot be asked. */
Version *published_newest(const World *world, GError **error);

/* A plan that checks it: public, every digest, the signature, installed and asked for its version. `known`: the files as the journal of the one who released
 * has them, or NULL: then they are held against SHA256SUMS and the forge's own digests alone, and the plan says so, and `why`. */
Plan *release_published_plan(const World *world, const Version *version, json_t *known, const char *why, GError **error);
/* Adds follow/install/NAME for every package of the project. */
void release_add_published_installs(Release *release, Plan *plan, const json_t *forge, json_t *files);
