/* Forges: where releases are published. One struct a forge, one file, one row in forges.def.
 *
 * Blocking, called on worker threads. All state is at the forge: a Forge holds only where it is. `mark` is this run's ownership mark; a release that carries
 * another is never changed or removed (CONFLICT). Every change may be cut off at any moment and is completed by the same call again.
 *
 * Names of assets are [A-Za-z0-9._+-], do not begin with "." or "-" and have at most 200 bytes: anything else is UNTRUSTED_PATH. */
#pragma once

#include "base/error.h"
#include "base/jsonx.h"

typedef enum { FORGE_DRAFT, FORGE_PUBLIC, FORGE_WITHDRAWN } ForgeState;
const char *forge_state_name(ForgeState state); /* draft public withdrawn */

typedef struct {
    char *name;
    guint64 size;
    char *sha256;
    char *url;
} ForgeAsset;
void forge_asset_free(ForgeAsset *asset);

typedef struct {
    char *id; /* the forge's own */
    char *tag, *name, *notes, *target /* commit id */, *mark, *url;
    bool prerelease, latest;
    ForgeState state;
    bool settled;              /* false: a change of this release was cut off and what others see of it is not whole yet; the same call completes it */
    gint64 created, published; /* from the plan; published is 0 for a draft */
    GPtrArray *assets;         /* of ForgeAsset*, sorted by name */
} ForgeRelease;
ForgeRelease *forge_release_new(void);
void forge_release_free(ForgeRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForgeRelease, forge_release_free)
const ForgeAsset *forge_release_asset(const ForgeRelease *release, const char *name); /* NULL: none. Borrowed */

typedef struct Forge Forge;
typedef struct {
    const char *name; /* "directory" */
    const char *doc;
    /* params: the forge's part of the configuration as data, e.g. {"kind": "directory", "path": "/…"}: enough to open it again at resume.
     * Opening touches nothing; a forge that is not there yet is made by the first draft. */
    Forge *(*open)(const json_t *params, GError **error);
    /* NULL without error: none for this tag (drafts included). */
    ForgeRelease *(*find)(Forge *forge, const char *tag, GError **error);
    /* Of ForgeRelease*, newest first, without drafts; `settled` is not filled in. */
    GPtrArray *(*list)(Forge *forge, GError **error);
    /* Creates, or completes its own draft; a public one, and one with another mark, is CONFLICT. */
    bool (*draft)(Forge *forge, const ForgeRelease *release, GError **error);
    bool (*upload)(Forge *forge, const char *tag, const char *mark, const char *name, const char *path,
                   GError **error); /* draft only; replaces its own half upload */
    GBytes *(*read_asset)(Forge *forge, const char *tag, const char *name, gsize limit, GError **error);
    /* By reading it back; true with *sha256 NULL when there is no such asset. size may be NULL. */
    bool (*asset_digest)(Forge *forge, const char *tag, const char *name, char **sha256, guint64 *size, GError **error);
    bool (*remove_asset)(Forge *forge, const char *tag, const char *mark, const char *name, GError **error); /* draft only; a missing one is done */
    bool (*publish)(Forge *forge, const char *tag, const char *mark, gint64 when, GError **error);           /* draft or withdrawn → public */
    bool (*withdraw)(Forge *forge, const char *tag, const char *mark, GError **error);     /* public → withdrawn: demoted, kept; not latest */
    bool (*remove_draft)(Forge *forge, const char *tag, const char *mark, GError **error); /* a missing one is done; a public one is CONFLICT */
    char *(*latest)(Forge *forge, GError **error);                                         /* the tag, or NULL without error */
    bool (*set_latest)(Forge *forge, const char *tag, GError **error);                     /* public only; NULL: none is */
    char *(*place)(Forge *forge, const char *tag);                                         /* where a person finds it. g_free */
    void (*close)(Forge *forge);
} ForgeKind;

struct Forge {
    const ForgeKind *kind;
};

const ForgeKind *const *forge_kinds(void); /* NULL-ended */
/* Opens by params["kind"]. */
Forge *forge_open(const json_t *params, GError **error);
void forge_close(Forge *forge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forge, forge_close)

/* The rule above, for kinds and for whoever plans assets. */
bool forge_check_asset_name(const char *name, GError **error);
