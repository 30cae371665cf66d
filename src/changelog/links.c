#include "changelog/links.h"

#include <stdbool.h>
#include <string.h>

/* What stands between page and what is linked to. */
typedef struct {
    const char *kind, *host; /* host: a word in the host's name that gives it away */
    const char *commit, *pull, *issue, *compare, *tag, *file;
    const char *between; /* the two ends of a comparison */
} Form;

static const Form forms[] = {
    {"github", "github", "/commit/", "/pull/", "/issues/", "/compare/", "/releases/tag/", "/blob/", "..."},
    {"gitlab", "gitlab", "/-/commit/", "/-/merge_requests/", "/-/issues/", "/-/compare/", "/-/releases/", "/-/blob/", "..."},
    {"gitea", "gitea", "/commit/", "/pulls/", "/issues/", "/compare/", "/releases/tag/", "/src/tag/", "..."},
    {"gitea", "codeberg", "/commit/", "/pulls/", "/issues/", "/compare/", "/releases/tag/", "/src/tag/", "..."},
    {"gitea", "forgejo", "/commit/", "/pulls/", "/issues/", "/compare/", "/releases/tag/", "/src/tag/", "..."},
    {"bitbucket", "bitbucket", "/commits/", "/pull-requests/", "/issues/", "/branches/compare/", "/src/", "/src/", ".."},
};

static const Form *form_of(const Links *links) {
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (g_str_equal(forms[i].kind, links->kind))
            return &forms[i];
    }
    return &forms[0];
}

static const char *choose_kind(const char *host, const char *kind) {
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (g_strcmp0(kind, forms[i].kind) == 0 || strstr(host, forms[i].host) != NULL)
            return forms[i].kind;
    }
    return forms[0].kind;
}

Links *links_new(const char *remote_url, const char *kind) {
    g_autoptr(GRegex) form = g_regex_new("^(?:https?://(?:[^/@]*@)?|(?:git\\+)?ssh://(?:[^/@]*@)?|git://|[a-z]+@)([A-Za-z0-9.-]+\\.[a-z]+)(?::[0-9]+)?[:/]"
                                         "([A-Za-z0-9._~/+-]+?)(?:\\.git)?/?$",
                                         G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (remote_url == NULL || !g_regex_match(form, remote_url, 0, &match))
        return NULL;
    g_autofree char *host = g_match_info_fetch(match, 1);
    g_autofree char *path = g_match_info_fetch(match, 2);
    Links *links = g_new0(Links, 1);
    links->page = g_strdup_printf("https://%s/%s", host, path);
    links->kind = choose_kind(host, kind);
    return links;
}

void links_free(Links *links) {
    g_free(links->page);
    g_free(links);
}

/* Tags and paths may hold anything; in a Markdown link a bracket or blank would end the address. */
static char *escaped(const char *text) {
    return g_uri_escape_string(text, "/@+", FALSE);
}

static char *join(const Links *links, const char *between, const char *what) {
    g_autofree char *safe = escaped(what);
    return g_strconcat(links->page, between, safe, NULL);
}

char *links_commit(const Links *links, const char *id) {
    return links != NULL ? join(links, form_of(links)->commit, id) : NULL;
}

char *links_pull(const Links *links, const char *number) {
    return links != NULL ? join(links, form_of(links)->pull, number) : NULL;
}

char *links_issue(const Links *links, const char *number) {
    return links != NULL ? join(links, form_of(links)->issue, number) : NULL;
}

char *links_file(const Links *links, const char *revision, const char *path) {
    g_autofree char *place = links != NULL ? join(links, form_of(links)->file, revision) : NULL;
    g_autofree char *safe = escaped(path);
    return place != NULL ? g_strconcat(place, "/", safe, NULL) : NULL;
}

char *links_compare(const Links *links, const char *from, const char *to) {
    if (links == NULL || from == NULL)
        return links != NULL ? join(links, form_of(links)->tag, to) : NULL;
    g_autofree char *first = escaped(from);
    g_autofree char *second = escaped(to);
    bool newest_first = g_str_equal(links->kind, "bitbucket"); /* its comparisons name the newer end first */
    return g_strconcat(links->page, form_of(links)->compare, newest_first ? second : first, form_of(links)->between, newest_first ? first : second, NULL);
}
