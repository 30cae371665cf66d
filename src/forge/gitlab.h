/* GitLab (API v4) has releases, and no drafts. What the contract calls a draft is a generic package here, with the release's record in it as a file
 * (gitlab_package.c); publishing is one call with links to the package's files (gitlab_release.c). Private to gitlab*.c.
 *
 * The package is an ordinary one, not hidden (?status=hidden): GitLab neither lists nor removes the files of a hidden package (its Packages::PackageFinder
 * finds none that is not displayed), so nobody could prove what is in it, nor take it back. It is named after the project, its version after the tag.
 *
 * Sources: GitLab's REST API (releases, release links, generic packages, packages, tags, protected tags, issues, merge requests) and the code behind it. */
#pragma once

#include "forge/rest.h"

typedef struct {
    Forge base;
    Rest rest;
    char *url;            /* where people see the project: no slash at the end */
    char *project;        /* "group/sub/name", or its number */
    char *package;        /* the name of its packages */
    char *tag;            /* that is going to be made, for the probe; or NULL */
    GMutex lock;          /* of what follows */
    gint64 id;            /* the project's number; 0: not asked yet */
    GHashTable *packages; /* tag → gint64*, the number of its package: seen, made or told */
    GHashTable *files;    /* "TAG\nNAME" of files of packages that were uploaded: a list without one is not believed at once */
    GHashTable *releases; /* tags with a release that was seen or made: a 404 of one is not believed at once */
} ForgeGitlab;

/* "/projects/42" + the rest, which is formatted; asks for the number the first time, since some proxies break encoded paths. NULL: PERMISSION (not shown). */
char *forge_gitlab_path(ForgeGitlab *gitlab, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
void forge_gitlab_know(Forge *forge, const char *tag, const char *id);
/* CONFLICT: it belongs to another run, or to somebody else (`is` NULL). */
bool forge_gitlab_check_mark(const char *tag, const char *is, const char *wanted, GError **error);

/* ---- packages ---- */

typedef struct {
    gint64 id;
    char *name, *sha256; /* sha256: NULL where GitLab keeps none */
    guint64 size;
} ForgeGitlabFile;

typedef struct {
    gint64 id;            /* 0: there is no package */
    GPtrArray *files;     /* of ForgeGitlabFile*, by id */
    ForgeRelease *record; /* without assets; NULL: the package is not slipway's */
    guint64 serial;       /* of the record */
} ForgeGitlabPackage;
void forge_gitlab_package_clear(ForgeGitlabPackage *package);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeGitlabPackage, forge_gitlab_package_clear)
/* False: a fault; no package is none. */
bool forge_gitlab_package_load(ForgeGitlab *gitlab, const char *tag, ForgeGitlabPackage *package, GError **error);
/* A file is there, or is no longer; name NULL: none is. */
void forge_gitlab_package_remember(ForgeGitlab *gitlab, const char *tag, const char *name, bool there);
/* As assets, sorted by name: equal files of one name are one, the record is none. */
void forge_gitlab_package_assets(const ForgeGitlabPackage *package, GPtrArray *assets);
/* A name that has files with different bytes: NULL: none. Borrowed. */
const char *forge_gitlab_package_ambiguous(const ForgeGitlabPackage *package);
/* CONFLICT: there are files, and no record. Returns false. */
bool forge_gitlab_package_foreign(const ForgeGitlab *gitlab, const char *tag, GError **error);
/* "/packages/generic/NAME/VERSION", with "/FILE" unless that is NULL; below the project's path. g_free. */
char *forge_gitlab_package_path(const ForgeGitlab *gitlab, const char *tag, const char *file);
char *forge_gitlab_package_version(const char *tag); /* g_free */

/* ---- records: the file of a package that says which release it is for ---- */

bool forge_gitlab_is_record(const char *file, guint64 *serial);
char *forge_gitlab_record_name(guint64 serial); /* g_free */
/* New bytes / NULL where it is no record of this tag. */
GBytes *forge_gitlab_record_write(const ForgeRelease *release, guint64 serial);
ForgeRelease *forge_gitlab_record_read(GBytes *bytes, const char *tag);

/* ---- releases ---- */

typedef struct {
    ForgeRelease *release; /* assets are the links */
    GPtrArray *links;      /* of char*: where they lead */
    gint64 released;       /* what GitLab orders by, in milliseconds */
    bool upcoming;
} ForgeGitlabRelease;
void forge_gitlab_release_free(ForgeGitlabRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ForgeGitlabRelease, forge_gitlab_release_free)
ForgeGitlabRelease *forge_gitlab_release_parse(const ForgeGitlab *gitlab, const json_t *json, const char *path, GError **error);
/* *release NULL without error: none. */
bool forge_gitlab_release_get(ForgeGitlab *gitlab, const char *tag, ForgeGitlabRelease **release, GError **error);
void forge_gitlab_release_remember(ForgeGitlab *gitlab, const char *tag);
/* Of ForgeGitlabRelease*, the greatest released_at first. */
GPtrArray *forge_gitlab_release_list(ForgeGitlab *gitlab, GError **error);
/* The newest one that is out, is stable and is not withdrawn, `except` aside; NULL: none. Borrowed from the list. */
const ForgeGitlabRelease *forge_gitlab_release_newest(const GPtrArray *list, const char *except);

/* The package and the release of a tag together. */
typedef struct {
    ForgeGitlabPackage package;
    ForgeGitlabRelease *release; /* NULL: none */
} ForgeGitlabState;
void forge_gitlab_state_clear(ForgeGitlabState *state);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeGitlabState, forge_gitlab_state_clear)
bool forge_gitlab_state_load(ForgeGitlab *gitlab, const char *tag, ForgeGitlabState *state, GError **error);
/* The draft of this mark must be there, and no release. */
bool forge_gitlab_state_is_draft(const ForgeGitlabState *state, const char *tag, const char *mark, GError **error);
/* Is every file of the package linked in the release? */
bool forge_gitlab_state_settled(const ForgeGitlabState *state);
/* PUT of some fields of a release; `json` is looked for after a lost answer. */
bool forge_gitlab_release_put(ForgeGitlab *gitlab, const char *tag, json_t *json, GError **error);
gint64 forge_gitlab_release_time(const char *text); /* RFC 3339 → milliseconds; 0: none */
/* What GitLab keeps as the description. g_free. */
char *forge_gitlab_release_body(const ForgeRelease *release);

/* ---- the calls of ForgeKind that have files of their own ---- */

bool forge_gitlab_draft(Forge *forge, const ForgeRelease *release, GError **error);
bool forge_gitlab_edit_draft(ForgeGitlab *gitlab, const ForgeGitlabPackage *package, const char *name, const char *notes, GError **error);
bool forge_gitlab_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error);
bool forge_gitlab_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error);
bool forge_gitlab_remove_draft(Forge *forge, const char *tag, const char *mark, GError **error);
bool forge_gitlab_publish(Forge *forge, const char *tag, const char *mark, const ForgePublish *publish, GError **error);
bool forge_gitlab_withdraw(Forge *forge, const char *tag, const char *mark, GError **error);
bool forge_gitlab_set_latest(Forge *forge, const char *tag, GError **error);
bool forge_gitlab_probe(Forge *forge, ForgeAccess *access, GError **error);
GPtrArray *forge_gitlab_issues(Forge *forge, const char *label, GError **error);
ForgeIssue *forge_gitlab_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error);
bool forge_gitlab_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error);
bool forge_gitlab_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error);
bool forge_gitlab_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error);
GPtrArray *forge_gitlab_pulls(Forge *forge, const char *commit, GError **error);
