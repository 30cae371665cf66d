/* Forges: where releases are published. One struct a forge, one file, one row in forges.def.
 *
 * Blocking, called on worker threads. All state is at the forge: a Forge holds only where it is. `mark` is this run's ownership mark; a release that carries
 * another is never changed or removed (CONFLICT). Every change may be cut off at any moment and is completed by the same call again.
 *
 * Errors of all calls: CONFLICT (something else is there), PERMISSION (the token, or its rights; why names the scope), NETWORK, TIMEOUT (nothing came of
 * it), UNKNOWN_STATE (it may have happened: look, then call again), LIMITED (not before a time), ANSWER (what came back has not the shape that is
 * documented; names field and address).
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
    char *sha256;     /* as the forge says; NULL: it does not */
    char *url;        /* of a public release: where anybody downloads it */
    char *id;         /* the forge's own; NULL: the name is enough */
    bool half;        /* an upload that did not end */
    gint64 downloads; /* -1: not counted */
} ForgeAsset;
ForgeAsset *forge_asset_new(const char *name);
void forge_asset_free(ForgeAsset *asset);

typedef struct {
    char *id; /* the forge's own */
    char *tag, *name, *notes, *mark, *url;
    char *target; /* commit id; NULL: the forge does not know it (a draft's tag is not there yet) */
    char *branch; /* what a forge that must be told a branch was told; NULL elsewhere */
    bool prerelease, latest;
    ForgeState state;
    bool settled;              /* false: a change of this release was cut off and what others see of it is not whole yet; the same call completes it */
    gint64 created, published; /* from the plan; created 0: the forge keeps none; published 0: a draft */
    GPtrArray *assets;         /* of ForgeAsset*, sorted by name */
} ForgeRelease;
ForgeRelease *forge_release_new(void);
void forge_release_free(ForgeRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForgeRelease, forge_release_free)
ForgeAsset *forge_release_asset(const ForgeRelease *release, const char *name); /* NULL: none. Borrowed */

/* How a release becomes public. */
typedef struct {
    gint64 when; /* from the plan */
    bool latest; /* it is the newest stable one: said to the forge explicitly, one way or the other */
} ForgePublish;

/* What the token may do, found out without changing anything. */
typedef struct {
    char *token_from;   /* "GH_TOKEN", "git's credential helper", …; NULL: there is no token */
    char *login;        /* whose it is; NULL: not known */
    GPtrArray *missing; /* of char*: what is wanted and not allowed, with the scope or role that is missing */
    GPtrArray *remarks; /* of char*: worth knowing (releases are immutable here, …) */
    bool closed;        /* only who has a token sees what is published */
} ForgeAccess;
void forge_access_clear(ForgeAccess *access);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeAccess, forge_access_clear)

typedef struct {
    gint64 number;
    char *title, *body, *url;
    bool open;
    GPtrArray *labels; /* of char* */
} ForgeIssue;
void forge_issue_free(ForgeIssue *issue);

typedef struct {
    gint64 number;
    char *title, *url, *login; /* login: who wrote it */
    bool bot;
} ForgePull;
void forge_pull_free(ForgePull *pull);

/* Where a repository is, taken from a remote's address. */
typedef struct {
    char *scheme; /* "https", or "http" */
    char *host;   /* lower case, with ":port" where it is not the scheme's (of ssh addresses: without) */
    char *path;   /* "owner/name", "group/sub/name": without ".git" and slashes at the ends */
} ForgeRemote;
/* https, http, ssh, git and scp-like addresses. False: a path or no address at all. Never fails on what is hostile: control bytes, a host that begins with
 * "-", "..": false. */
bool forge_remote_parse(const char *url, ForgeRemote *remote);
void forge_remote_clear(ForgeRemote *remote);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeRemote, forge_remote_clear)

/* Takes bytes as they come; false: enough. */
typedef bool (*ForgeTake)(const char *bytes, gsize length, void *data);

typedef struct Forge Forge;
typedef struct {
    const char *name;  /* "directory", as forge.kind has it */
    const char *title; /* "GitHub" */
    const char *doc;
    /* What it does otherwise than others, in words for the plan: what cannot be done, and what is done instead; NULL-ended, or NULL. */
    const char *const *differences;
    bool sets_latest; /* which release is the latest can be said; otherwise the forge decides by itself */
    bool needs_token; /* to change anything */
    /* What a person sets for a host: "GH_TOKEN". g_free; NULL: it takes no token. */
    char *(*token_hint)(const char *host);
    const char *pull_sign; /* what stands before the number of a pull request: "#", "!" */
    bool pulls_apart;      /* pull requests have numbers of their own, which issues have, too */
    guint64 max_asset;     /* bytes of one asset; 0: no limit is known */
    guint max_assets;      /* 0: none */
    guint max_notes;       /* characters; 0: none */
    /* Is the repository there, by its host? NULL: never by itself. */
    bool (*claims)(const ForgeRemote *remote);
    /* The parameters that open it, for a repository: {kind, url, api, project}. `api` from the configuration, or NULL: by the forge's rule. New reference.
     * NULL for forges that are no server. */
    json_t *(*locate)(const ForgeRemote *remote, const char *api);
    /* params: the forge's part of the configuration as data, {"kind": "directory", "path": "/…"} or {"kind": "github", "url", "api", "project", "patience",
     * "pace", "anonymous", "token_file", "token_command", "remote_host", "tag" (that is to be pushed, for probe)}: enough to open it again at resume; "mark":
     * this run's, by which a draft whose id is known stays its own where a person removed the mark from the notes. Opening touches nothing and asks nobody; a
     * forge that is not there yet is made by the first draft. */
    Forge *(*open)(const json_t *params, GError **error);
    /* The release of `tag` has this id, as an earlier answer said: it is looked up by it. NULL: ids are not needed. */
    void (*know)(Forge *forge, const char *tag, const char *id);
    /* Asks what the token may. NULL: nothing to ask. */
    bool (*probe)(Forge *forge, ForgeAccess *access, GError **error);
    /* NULL without error: none for this tag (drafts included). Two drafts of one mark: the one with the lowest id; one with another mark beside: CONFLICT. */
    ForgeRelease *(*find)(Forge *forge, const char *tag, GError **error);
    /* Of ForgeRelease*, newest first, without drafts; `settled` is not filled in. */
    GPtrArray *(*list)(Forge *forge, GError **error);
    /* Creates, or completes its own draft; a public one, and one with another mark, is CONFLICT. Its own duplicates are removed. Notes that a draft has
     * already are kept: a person may have edited them. */
    bool (*draft)(Forge *forge, const ForgeRelease *release, GError **error);
    /* Name and notes of a release of this mark, draft or public: only these change. */
    bool (*edit)(Forge *forge, const char *tag, const char *mark, const char *name, const char *notes, GError **error);
    /* Draft only; replaces its own half upload; a whole one of other bytes is CONFLICT. Called on several threads at once. */
    bool (*upload)(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error);
    /* The bytes of an asset that `find` gave, draft or public. CONFLICT: it is not there. */
    bool (*read_asset)(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error);
    bool (*remove_asset)(Forge *forge, const char *tag, const char *mark, const char *name, GError **error);       /* draft only; a missing one is done */
    bool (*publish)(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error); /* draft or withdrawn → public */
    bool (*withdraw)(Forge *forge, const char *tag, const char *mark, GError **error);     /* public → withdrawn: demoted, kept; not latest */
    bool (*remove_draft)(Forge *forge, const char *tag, const char *mark, GError **error); /* a missing one is done; a public one is CONFLICT */
    char *(*latest)(Forge *forge, GError **error);                                         /* the tag, or NULL without error */
    bool (*set_latest)(Forge *forge, const char *tag, GError **error);                     /* public only; NULL: none is */
    char *(*place)(Forge *forge, const char *tag);                                         /* where a person finds it. g_free */
    /* Talk; NULL where the forge has none. */
    GPtrArray *(*issues)(Forge *forge, const char *label, GError **error); /* of ForgeIssue*: the open ones with this label */
    /* Once: one that holds `mark` already (open or not) is the answer. */
    ForgeIssue *(*create_issue)(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error);
    /* The one that holds `mark`, open or not; *issue NULL without error: none. */
    bool (*find_issue)(Forge *forge, const char *mark, ForgeIssue **issue, GError **error);
    /* On an issue or pull request; once, by the mark. Where pull requests are numbered apart (GitLab's merge requests), -N is the pull request N. */
    bool (*comment)(Forge *forge, gint64 number, const char *body, const char *mark, GError **error);
    /* Is a comment with `mark` there? CONFLICT: what it would stand on is not. */
    bool (*has_comment)(Forge *forge, gint64 number, const char *mark, bool *has, GError **error);
    GPtrArray *(*pulls)(Forge *forge, const char *commit, GError **error); /* of ForgePull*: merged ones that brought it */
    void (*close)(Forge *forge);
} ForgeKind;

struct Forge {
    const ForgeKind *kind;
    const gint *cancel; /* set by the caller after opening, or NULL */
};

const ForgeKind *const *forge_kinds(void);     /* NULL-ended */
const ForgeKind *forge_kind(const char *name); /* NULL: there is none */
/* Opens by params["kind"]. */
Forge *forge_open(const json_t *params, GError **error);
void forge_close(Forge *forge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Forge, forge_close)

/* The rule above, for kinds and for whoever plans assets. */
bool forge_check_asset_name(const char *name, GError **error);

/* Over read_asset. */
GBytes *forge_asset_bytes(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, gsize limit, GError **error); /* TOO_LARGE */
/* An asset to be read back, whatever the forge says of it: of more bytes than `limit` no more is taken, and it is TOO_LARGE. */
typedef struct {
    const ForgeRelease *release;
    const ForgeAsset *asset;
    guint64 limit;
} ForgeWanted;
/* Its SHA-256 in hex, g_free, and its size. */
char *forge_asset_digest(Forge *forge, const ForgeWanted *wanted, guint64 *size, GError **error);
/* Into a file, which is synced; sha256 may be NULL. */
bool forge_asset_save(Forge *forge, const ForgeWanted *wanted, const char *path, char **sha256, GError **error);
