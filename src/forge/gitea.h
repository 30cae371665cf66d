/* Gitea and Forgejo, which speak alike (/api/v1). Private to the files gitea*.c.
 *
 * Sources: Gitea's API description and its handlers (routers/api/v1/repo, services/release, services/repository/push.go). What others do otherwise:
 * - A release is one row for each tag of a repository; a pushed tag without a release has a hidden one. The push of a tag makes the draft that names it public.
 * - PATCH ignores empty texts; what it is not told stays.
 * - Files of one name may be there several times, and none has a digest: each is listed first, and compared by its bytes.
 * - Pages are cut to what the server allows, silently. */
#pragma once

#include "forge/rest.h"

typedef struct {
    Forge base;
    Rest rest;
    char *project; /* "owner/name" */
    char *repo;    /* "/repos/owner/name": below the API */
    char *web;     /* "https://host", where pages and files are: the API's address without /api/v1 */
    GMutex lock;
    char *mark;      /* this run's; NULL: it was not said */
    char *tag;       /* that is to be pushed; NULL: it was not said */
    GHashTable *ids; /* tag → what is known of its release: gitea_known_free */
} Gitea;

/* ---- reading (gitea_read.c) ---- */

/* The id of a tag's release, as an earlier run of this program kept it; id NULL: it is gone. */
void gitea_know(Forge *forge, const char *tag, const char *id);
/* The same, as an answer said; release NULL: it is gone. One without a mark is nobody's and is not kept. */
void gitea_saw(Gitea *gitea, const char *tag, const ForgeRelease *release);
void gitea_known_free(gpointer data);
char *gitea_release_path(const Gitea *gitea, const char *id); /* "/repos/o/n/releases/7". g_free */
/* All members of a list, at most 10,000, by pages until none is left; `path` may have a query. New reference.
 * PERMISSION: 404, too, because what is hidden looks like what is not there. */
json_t *gitea_list(Gitea *gitea, const char *path, GError **error);
/* A release from its JSON; `path` is where it came from, for words. Neither `target` nor `latest` is filled in. */
ForgeRelease *gitea_parse_release(const Gitea *gitea, const char *path, const json_t *json, GError **error);
/* By its id. *release NULL without error: there is none. */
bool gitea_release(Gitea *gitea, const char *id, ForgeRelease **release, GError **error);
/* All of a tag, sorted by id: the public one, or every draft of it. Drafts are found by listing. NULL: error. One whose id is known and whose mark a person
 * removed has the mark that was known, and is not `settled`: whoever changes it writes the mark again. */
GPtrArray *gitea_releases_of(Gitea *gitea, const char *tag, GError **error);
/* The one of these that `mark` is for, borrowed: a public one before a draft, of drafts the one with the lowest id. *release NULL: there is none. False:
 * CONFLICT, one with another mark is there. */
bool gitea_choose(const Gitea *gitea, GPtrArray *releases, const char *mark, ForgeRelease **release, GError **error);
/* The release of a tag and this mark. */
bool gitea_find_own(Gitea *gitea, const char *tag, const char *mark, ForgeRelease **release, GError **error);
/* The commit that a tag at the forge is. *commit NULL: there is no such tag. */
bool gitea_tag_commit(Gitea *gitea, const char *tag, char **commit, GError **error);
/* The server's version as it says it ("1.22.0", "9.0.3+gitea-1.22.0"). NULL with error. g_free. */
char *gitea_version(Gitea *gitea, GError **error);
bool gitea_is_forgejo(const char *version);
/* The one version that hands out no files of drafts by their addresses (go-gitea/gitea#31362). */
bool gitea_hides_draft_files(const char *version);
ForgeRelease *gitea_find(Forge *forge, const char *tag, GError **error);
GPtrArray *gitea_list_releases(Forge *forge, GError **error);
char *gitea_latest(Forge *forge, GError **error);

/* ---- files (gitea_asset.c) ---- */

bool gitea_upload(Forge *forge, const char *tag, const char *mark, const char *name, const char *path, GError **error);
bool gitea_read_asset(Forge *forge, const ForgeRelease *release, const ForgeAsset *asset, ForgeTake take, void *data, GError **error);
bool gitea_remove_asset(Forge *forge, const char *tag, const char *mark, const char *name, GError **error);
/* Removes what stands at `path` below the API; what is not there is done. After a lost answer it looks until it is gone. */
bool gitea_delete(Gitea *gitea, const char *path, GError **error);
/* This mark's draft, of which files may change: CONFLICT otherwise. `missing`: *release may be NULL. */
bool gitea_open_draft(Gitea *gitea, const char *tag, const char *mark, bool missing, ForgeRelease **release, GError **error);

/* ---- what the token may (gitea_probe.c), talk (gitea_talk.c) ---- */

bool gitea_probe(Forge *forge, ForgeAccess *access, GError **error);
GPtrArray *gitea_issues(Forge *forge, const char *label, GError **error);
ForgeIssue *gitea_create_issue(Forge *forge, const ForgeIssue *issue, const char *mark, GError **error);
bool gitea_find_issue(Forge *forge, const char *mark, ForgeIssue **issue, GError **error);
bool gitea_has_comment(Forge *forge, gint64 number, const char *mark, bool *has, GError **error);
bool gitea_comment(Forge *forge, gint64 number, const char *body, const char *mark, GError **error);
GPtrArray *gitea_pulls(Forge *forge, const char *commit, GError **error);
