/* The world that steps look at: a repository, its configuration, its versions, its remote. Read once, then constant; nothing here writes.
 *
 * What cannot be read is kept as an error beside the empty field (remote_problem, …), so that preflight can report all at once. */
#pragma once

#include "changelog/changelog.h"
#include "git/git.h"
#include "manifest/manifest.h"
#include "project/config.h"
#include "share/share.h"
#include "version/version.h"

/* A file that carries the version. */
typedef struct {
    char *path; /* relative, bytes */
    const ManifestFormat *format;
    char *pattern; /* of a rule, else NULL */
    guint count;   /* of a rule: how often it matches; 0: once */
    char *value;   /* as written */
    guint line, column;
    GBytes *bytes;
} Carrier;

/* A tag that names a version. */
typedef struct {
    const char *tag, *commit; /* borrowed from World.tags */
    Version *version;
} WorldTag;

typedef struct {
    Git *git;
    char *top; /* of the clone's work tree; git's is another one where a plan is made again */
    Config *config;
    gint64 now;
    char *project;           /* its name */
    char *branch;            /* short name of the current branch; NULL: detached */
    char *head;              /* commit id; NULL: no commit yet */
    char *base;              /* short name of the release base branch */
    char *remote;            /* "origin" */
    char *remote_url;        /* NULL: there is no such remote */
    GHashTable *remote_refs; /* full ref → id; NULL: could not be read */
    GError *remote_problem;
    GPtrArray *burned; /* of ShareBurned*: what the remote says; NULL: not read, or burned_problem */
    GError *burned_problem;
    GHashTable *tags;        /* tag → commit id */
    GPtrArray *files;        /* tracked paths, sorted */
    GPtrArray *carriers;     /* of Carrier*, the one that is believed first */
    GPtrArray *names;        /* of the packages that this version is of, char*, NULL-ended */
    bool several;            /* a workspace of projects with versions of their own, none of which is this one */
    GError *version_problem; /* no version, or versions that disagree */
    Version *current;        /* NULL with version_problem */
    bool unversioned;        /* with version_problem: nothing says a version, neither a file nor a tag; a first one may be named */
    char *tag_pattern;       /* git.tag; where it is not set, as the tags are that there are: v{version} or {version} */
    GPtrArray *versions;     /* of WorldTag*, highest version first: the tags of this project's pattern */
    char *previous_tag;      /* the highest final version's tag among the ancestors of HEAD; NULL: none */
    Version *previous;       /* its version */
    char *candidate_tag;     /* a pre-release's tag above it among the ancestors; NULL: none */
    Version *candidate;
    bool signs_commits, signs_tags; /* as the user's git is set */
    GitIdentity identity;
    GError *identity_problem;
    GBytes *changelog_bytes; /* NULL: there is none */
    Changelog *changelog;    /* NULL: none, or changelog_problem */
    GError *changelog_problem;
    json_t *forge;        /* parameters for forge_open; with forge_problem, not enough */
    bool forge_by_itself; /* the remote's host decided, not the configuration */
    GError *forge_problem;
} World;

/* As it was when another clone made a plan: what came since is not there. */
typedef struct {
    gint64 now;
    const char *top;          /* of the work tree of the clone that plans again */
    const char *tag;          /* of the release */
    const char *remote_base;  /* where the remote had its base branch; NULL: it had none */
    const char *name, *email; /* who began it */
} WorldPast;

typedef struct {
    const WorldPast *past;  /* NULL: as it is now */
    bool remote;            /* read the remote too; commands that stay local do not */
    bool burned;            /* where the remote is not read: the burned versions that it named when it was last */
    bool survey;            /* files and tags only: neither the previous release nor who commits here */
    const json_t *settings; /* over the configuration, see config_load; or NULL */
} WorldOptions;

World *world_open(const char *path, const WorldOptions *options, GError **error);
void world_free(World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

/* Which version is wanted. */
typedef struct {
    const char *how; /* patch, minor, major, auto or X.Y.Z */
    const char *pre; /* "rc": a pre-release of it; NULL: the version itself */
    GPtrArray *over; /* or NULL: of char*, gets a line for each version that is stepped over */
} Wish;
/* The version that is wished for; burned ones are stepped over, an explicit one that is burned is refused. Errors BAD_VERSION, NOTHING_TO_RELEASE,
 * version_problem's. */
Version *world_next(const World *world, const Wish *wish, GError **error);
/* Why a version must never be used (again); NULL: nothing is known against it. g_free. */
char *world_burned(const World *world, const Version *version);
/* What a tag says by this project's pattern; NULL: no version of it. */
Version *world_tag_version(const World *world, const char *tag);
/* Tags that look like a release's but name no version, sorted; borrowed strings. Never guessed at, only listed. */
GPtrArray *world_strange_tags(const World *world);
/* The highest final release below a version, by its tag; NULL: none. Borrowed. */
const char *world_release_before(const World *world, const Version *version);
/* Bytes of a tracked file in the work tree; NULL without error when it is not there. */
GBytes *world_file(const World *world, const char *path, GError **error);
bool world_has_file(const World *world, const char *path);
/* World.names as a NULL-ended list. Borrowed. */
const char *const *world_names(const World *world);
/* A version as a format writes it; BAD_VERSION where it cannot. g_free. */
char *carrier_written(const ManifestFormat *format, const Version *version, GError **error);
/* The changelog's path: changelog.path, else the file that is there under one of the usual names. Borrowed. */
const char *world_changelog_path(const World *world);
/* git.tag and git.branch for a version. g_free. */
char *world_tag(const World *world, const Version *version);
char *world_branch(const World *world, const Version *version);
/* The id of a branch of the remote; NULL: not there or not read. Borrowed. */
const char *world_remote_id(const World *world, const char *ref);
