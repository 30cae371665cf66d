/* What a token may on GitLab, found out by reading. */
#include "forge/gitlab.h"

#include "base/clock.h"
#include "base/glob.h"

#include <string.h>

enum { DEVELOPER = 30, MAINTAINER = 40 };
#define SKEW_SECONDS 60
#define DAY (24 * 60 * 60)

typedef struct {
    ForgeGitlab *gitlab;
    ForgeAccess *access;
    gint64 user; /* 0: not known */
    gint64 level;
} Probe;

static void G_GNUC_PRINTF(2, 3) say(GPtrArray *list, const char *format, ...) {
    va_list args;
    va_start(args, format);
    g_ptr_array_add(list, g_strdup_vprintf(format, args));
    va_end(args);
}

static const char *role(gint64 level) {
    static const struct {
        gint64 level;
        const char *name;
    } roles[] = {{50, "Owner"}, {40, "Maintainer"}, {30, "Developer"}, {20, "Reporter"}, {15, "Planner"}, {10, "Guest"}, {5, "Minimal Access"}};
    for (guint i = 0; i < G_N_ELEMENTS(roles); i++) {
        if (level >= roles[i].level)
            return roles[i].name;
    }
    return "none";
}

/* ---- the clock ---- */

/* Of "Wed, 25 Nov 2026 17:32:54 GMT" (RFC 9110, 5.6.7) the seconds; 0: it is none. */
static gint64 time_of(const char *date) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    g_auto(GStrv) words = g_strsplit_set(date != NULL ? date : "", " :", 0);
    guint64 day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (g_strv_length(words) < 7 || strlen(words[2]) != 3 || !g_ascii_string_to_unsigned(words[1], 10, 1, 31, &day, NULL) ||
        !g_ascii_string_to_unsigned(words[3], 10, 1970, 9999, &year, NULL) || !g_ascii_string_to_unsigned(words[4], 10, 0, 23, &hour, NULL) ||
        !g_ascii_string_to_unsigned(words[5], 10, 0, 59, &minute, NULL) || !g_ascii_string_to_unsigned(words[6], 10, 0, 60, &second, NULL))
        return 0;
    const char *month = strstr(months, words[2]);
    if (month == NULL)
        return 0;
    g_autoptr(GDateTime) time = g_date_time_new_utc((gint)year, (gint)(month - months) / 3 + 1, (gint)day, (gint)hour, (gint)minute, (gdouble)second);
    return time != NULL ? g_date_time_to_unix(time) : 0;
}

static void check_clock(const Probe *probe, const HttpAnswer *answer) {
    gint64 there = time_of(http_header(answer, "date"));
    gint64 ahead = clock_now() - there;
    if (there != 0 && (ahead > SKEW_SECONDS || ahead < -SKEW_SECONDS))
        say(probe->access->remarks, "the clock of this machine is %" G_GINT64_FORMAT " s %s the one of %s: dates of releases decide which is the latest",
            ahead > 0 ? ahead : -ahead, ahead > 0 ? "ahead of" : "behind", probe->gitlab->rest.host);
}

/* ---- the token ---- */

static bool has_word(const json_t *list, const char *word) {
    for (gsize i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        if (json_is_string(one) && strcmp(json_string_value(one), word) == 0)
            return true;
    }
    return false;
}

static char *words_of(const json_t *list) {
    g_auto(GStrv) words = jsonx_to_strv(list);
    return words != NULL && words[0] != NULL ? g_strjoinv(", ", words) : g_strdup("none");
}

static void check_expiry(const Probe *probe, const json_t *token) {
    const char *date = jsonx_string(token, "expires_at");
    g_autofree char *soon = clock_date(clock_now() + 14 * DAY);
    if (date != NULL && strlen(date) >= 10 && strncmp(date, soon, 10) < 0)
        say(probe->access->remarks, "the token %s ends on %.10s", probe->access->token_from, date);
}

/* Tokens of other kinds (OAuth), and servers before 16.0, do not tell their scopes: then nothing is known of them. */
static bool check_scopes(const Probe *probe, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) token = NULL;
    if (!rest_ask(&probe->gitlab->rest, "/personal_access_tokens/self", &answer, &token, error))
        return false;
    if (answer.status == 401) {
        say(probe->access->missing, "a token that is valid: GitLab refuses the one from %s", probe->access->token_from);
        return true;
    }
    const json_t *scopes = json_object_get(token, "scopes");
    if (answer.status != 200 || !json_is_array(scopes))
        return true;
    g_autofree char *has = words_of(scopes);
    if (!has_word(scopes, "api"))
        say(probe->access->missing, "the scope api: the token from %s has %s", probe->access->token_from, has);
    check_expiry(probe, token);
    return true;
}

static bool check_user(Probe *probe, GError **error) {
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) user = NULL;
    if (!rest_ask(&probe->gitlab->rest, "/user", &answer, &user, error))
        return false;
    check_clock(probe, &answer);
    if (answer.status != 200)
        return true;
    probe->user = jsonx_int(user, "id", 0);
    probe->level = jsonx_bool(user, "is_admin", false) ? 60 : 0;
    probe->access->login = g_strdup(jsonx_string(user, "username"));
    return true;
}

/* ---- the project ---- */

static gint64 level_in(const json_t *project, const char *where) {
    return jsonx_int(json_object_get(json_object_get(project, "permissions"), where), "access_level", 0);
}

/* What a group that the project was shared with gives is not in the project's answer. */
static bool find_level(Probe *probe, const json_t *project, GError **error) {
    probe->level = MAX(probe->level, MAX(level_in(project, "project_access"), level_in(project, "group_access")));
    if (probe->level >= MAINTAINER || probe->user == 0)
        return true;
    g_autofree char *path = forge_gitlab_path(probe->gitlab, error, "/members/all/%" G_GINT64_FORMAT, probe->user);
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) member = NULL;
    if (path == NULL || !rest_ask(&probe->gitlab->rest, path, &answer, &member, error))
        return false;
    probe->level = MAX(probe->level, answer.status == 200 ? jsonx_int(member, "access_level", 0) : 0);
    return true;
}

static void check_project(const Probe *probe, const json_t *project) {
    GPtrArray *missing = probe->access->missing, *remarks = probe->access->remarks;
    const char *registry = jsonx_string(project, "package_registry_access_level");
    bool open = g_strcmp0(jsonx_string(project, "visibility"), "public") == 0;
    probe->access->closed = !open || g_strcmp0(registry, "private") == 0;
    if (jsonx_bool(project, "archived", false))
        say(missing, "a project that is not archived: %s is", probe->gitlab->project);
    if (probe->level < DEVELOPER)
        say(missing, "the role Developer in %s: %s has %s", probe->gitlab->project, probe->access->login != NULL ? probe->access->login : "this token",
            role(probe->level));
    else if (probe->level < MAINTAINER)
        say(remarks, "a draft cannot be taken back: removing packages needs the role Maintainer in %s", probe->gitlab->project);
    if (g_strcmp0(jsonx_string(project, "releases_access_level"), "disabled") == 0)
        say(missing, "the releases of %s: they are switched off", probe->gitlab->project);
    if (!jsonx_bool(project, "packages_enabled", true) || g_strcmp0(registry, "disabled") == 0)
        say(missing, "the package registry of %s: it is switched off", probe->gitlab->project);
    else if (open && registry != NULL && strcmp(registry, "private") == 0)
        say(remarks, "only members can download: the package registry of %s is for them alone, though the project is public", probe->gitlab->project);
}

/* ---- protected tags ---- */

/* May the token's owner make tags that a rule protects? */
static bool may_create(const Probe *probe, const json_t *rule) {
    const json_t *levels = json_object_get(rule, "create_access_levels");
    for (gsize i = 0; i < json_array_size(levels); i++) {
        const json_t *one = json_array_get(levels, i);
        gint64 needed = jsonx_int(one, "access_level", 0);
        gint64 user = jsonx_int(one, "user_id", 0);
        if ((user != 0 && user == probe->user) || (user == 0 && needed > 0 && needed <= probe->level))
            return true;
    }
    return false;
}

/* One rule that allows it is enough. Where the tag is not known yet, the rule is told. */
static bool check_tags(const Probe *probe, GError **error) {
    g_autofree char *path = forge_gitlab_path(probe->gitlab, error, "/protected_tags?per_page=100");
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) rules = NULL;
    const char *tag = probe->gitlab->tag;
    if (path == NULL || !rest_ask(&probe->gitlab->rest, path, &answer, &rules, error))
        return false;
    const char *refused = NULL;
    bool allowed = false;
    for (gsize i = 0; answer.status == 200 && i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *pattern = jsonx_string(rule, "name");
        if (pattern == NULL || (tag != NULL && !g_pattern_match_simple(pattern, tag)))
            continue;
        if (may_create(probe, rule))
            allowed = allowed || tag != NULL;
        else
            refused = pattern;
    }
    if (refused != NULL && !allowed && tag != NULL)
        say(probe->access->missing, "the right to create the tag %s: tags like %s are protected, and the role %s is not allowed to", tag, refused,
            role(probe->level));
    else if (refused != NULL && tag == NULL)
        say(probe->access->remarks, "tags like %s are protected, and the role %s may not create them", refused, role(probe->level));
    return true;
}

bool forge_gitlab_probe(Forge *forge, ForgeAccess *access, GError **error) {
    ForgeGitlab *gitlab = (ForgeGitlab *)forge;
    Probe probe = {.gitlab = gitlab, .access = access};
    g_clear_pointer(&access->missing, g_ptr_array_unref);
    g_clear_pointer(&access->remarks, g_ptr_array_unref);
    access->missing = g_ptr_array_new_with_free_func(g_free);
    access->remarks = g_ptr_array_new_with_free_func(g_free);
    g_free(access->token_from);
    access->token_from = gitlab->rest.token.secret != NULL ? g_strdup(gitlab->rest.token.from) : NULL;
    if (access->token_from == NULL) {
        say(access->missing, "a token with the scope api: GITLAB_TOKEN, forge.token-file, forge.token-command or git's credential helper");
        return true;
    }
    g_autofree char *segment = http_segment(gitlab->project);
    g_autofree char *path = g_strconcat("/projects/", segment, NULL);
    g_auto(HttpAnswer) answer = {0};
    g_autoptr(json_t) project = NULL;
    if (!check_scopes(&probe, error))
        return false;
    if (access->missing->len > 0)
        return true; /* with such a token the rest cannot be seen */
    if (!check_user(&probe, error) || !rest_ask(&gitlab->rest, path, &answer, &project, error))
        return false;
    if (answer.status != 200) {
        say(access->missing, "access to %s: GitLab answers %ld, so it is not there or the token may not see it", gitlab->project, answer.status);
        return true;
    }
    if (!find_level(&probe, project, error))
        return false;
    check_project(&probe, project);
    return check_tags(&probe, error);
}
