#include "project/bump.h"

#include <string.h>

static const char *const names[] = {"none", "patch", "minor", "major"};

const char *bump_name(Bump bump) {
    return names[bump];
}

void bump_answer_free(BumpAnswer *answer) {
    g_clear_pointer(&answer->commits, commits_free);
    g_clear_pointer(&answer->reasons, g_array_unref);
    g_clear_pointer(&answer->version, version_free);
    g_free(answer->because);
    g_free(answer);
}

/* ---- rules ---- */

static const struct {
    const char *type;
    Bump asks;
} defaults[] = {{"feat", BUMP_MINOR}, {"feature", BUMP_MINOR}, {"fix", BUMP_PATCH},      {"bugfix", BUMP_PATCH},
                {"perf", BUMP_PATCH}, {"revert", BUMP_PATCH},  {"security", BUMP_PATCH}, {"breaking", BUMP_MAJOR}};

static bool bump_of(const char *name, Bump *bump) {
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_strcmp0(names[i], name) == 0) {
            *bump = (Bump)i;
            return true;
        }
    }
    return false;
}

static Bump rule(const World *world, const char *type) {
    const json_t *rules = config_get(world->config, "version.rules");
    Bump bump = BUMP_NONE;
    if (bump_of(json_string_value(json_object_get(rules, type)), &bump))
        return bump;
    for (guint i = 0; i < G_N_ELEMENTS(defaults); i++) {
        if (g_str_equal(defaults[i].type, type))
            return defaults[i].asks;
    }
    return BUMP_NONE;
}

static bool check_rules(const World *world, GError **error) {
    const char *type;
    json_t *value;
    Bump bump;
    json_object_foreach(config_get(world->config, "version.rules"), type, value) {
        if (bump_of(json_string_value(value), &bump))
            continue;
        error_set(error, ERROR_CONFIG, "%s: version.rules.%s cannot be %s", world->config->path, type, json_string_value(value));
        error_state(error, "nothing was changed");
        error_fix(error, "set it to major, minor, patch or none");
        return false;
    }
    return true;
}

static BumpReason judge(const World *world, const HistoryCommit *commit) {
    const Commit *said = commit->said;
    if (commit->cancelled)
        return (BumpReason){commit, BUMP_NONE, said->reverts != NULL || said->reverts_text != NULL ? "takes another one back" : "taken back"};
    if (said->merge)
        return (BumpReason){commit, BUMP_NONE, "merge"};
    const char *word = said->type != NULL ? said->type : "other";
    Bump plain = rule(world, word);
    if (said->breaking != NULL && rule(world, "breaking") >= plain)
        return (BumpReason){commit, rule(world, "breaking"), "breaking"};
    return (BumpReason){commit, plain, said->type != NULL ? said->type : "not conventional"};
}

/* SemVer section 4: before 1.0.0 anything may change, so nothing that happens in commits alone makes 1.0.0 unless that is wanted. */
static Bump tempered(const World *world, const Version *base, Bump bump) {
    const char *zero = config_string(world->config, "version.zero");
    if (base->major > 0 || g_str_equal(zero, "semver"))
        return bump;
    if (bump == BUMP_MAJOR)
        return BUMP_MINOR;
    return g_str_equal(zero, "shift") && bump == BUMP_MINOR ? BUMP_PATCH : bump;
}

/* ---- the version ---- */

static char *said_version(const World *world, const BumpAnswer *answer) {
    (void)world;
    for (guint i = 0; i < answer->reasons->len; i++) {
        const BumpReason *reason = &g_array_index(answer->reasons, BumpReason, i);
        if (!reason->commit->cancelled && reason->commit->said->release_as != NULL)
            return g_strdup(reason->commit->said->release_as);
    }
    return NULL;
}

/* The first release: what the manifest says, else 0.1.0. */
static Version *first_version(const World *world, BumpAnswer *answer) {
    Version *version = g_new0(Version, 1);
    const Version *current = world->current;
    bool named = current != NULL && (current->major > 0 || current->minor > 0 || current->patch > 0);
    if (named)
        *version = (Version){.major = current->major, .minor = current->minor, .patch = current->patch};
    else
        version->minor = 1;
    answer->because = g_strdup(named ? "there is no release yet; this is what the project says of itself" : "there is no release yet");
    return version;
}

/* The bump from the last release, or what the manifests say already where that is more. */
static Version *raised(const World *world, BumpAnswer *answer, GError **error) {
    g_autoptr(Version) version = version_bump(world->previous, bump_name(answer->bump), error);
    const Version *current = world->current;
    if (version == NULL)
        return NULL;
    g_autoptr(Version) named = g_new0(Version, 1);
    if (current != NULL)
        *named = (Version){.major = current->major, .minor = current->minor, .patch = current->patch};
    bool ahead = current != NULL && version_compare(named, version) > 0;
    answer->because = ahead ? g_strdup_printf("the files say more already than a %s release after %s", bump_name(answer->bump), world->previous_tag)
                            : g_strdup_printf("a %s release after %s", bump_name(answer->bump), world->previous_tag);
    return ahead ? g_steal_pointer(&named) : g_steal_pointer(&version);
}

static Version *choose(const World *world, BumpAnswer *answer, GError **error) {
    g_autofree char *said = said_version(world, answer);
    if (said != NULL) {
        answer->because = g_strdup("a commit says so: Release-As");
        return version_parse(said, error);
    }
    return world->previous == NULL ? first_version(world, answer) : raised(world, answer, error);
}

/* The next pre-release of this version: counts on from the highest one there is. */
static Version *pre_of(const World *world, const Version *version, const char *word, GError **error) {
    const Version *candidate = world->candidate;
    bool same = candidate != NULL && candidate->major == version->major && candidate->minor == version->minor && candidate->patch == version->patch;
    if (same)
        return version_bump_pre(candidate, world->previous, NULL, word, error);
    g_autofree char *core = version_to_string(version);
    g_autofree char *text = g_strdup_printf("%s-%s.1", core, word);
    return version_parse(text, error);
}

static bool decide(const World *world, const char *pre, BumpAnswer *answer, GError **error) {
    Bump most = BUMP_NONE;
    for (guint i = 0; i < answer->reasons->len; i++)
        most = MAX(most, g_array_index(answer->reasons, BumpReason, i).asks);
    g_autofree char *said = said_version(world, answer);
    bool first = world->previous == NULL && answer->reasons->len > 0;
    answer->bump = world->previous != NULL ? tempered(world, world->previous, most) : most;
    if (answer->bump == BUMP_NONE && said == NULL && !first)
        return true;
    g_autoptr(Version) version = choose(world, answer, error);
    if (version != NULL && pre != NULL)
        answer->version = pre_of(world, version, pre, error);
    else
        answer->version = g_steal_pointer(&version);
    return answer->version != NULL;
}

BumpAnswer *bump_decide(const World *world, const char *pre, GError **error) {
    if (!check_rules(world, error))
        return NULL;
    g_autoptr(BumpAnswer) answer = g_new0(BumpAnswer, 1);
    answer->base = world->previous_tag;
    g_autofree char *from = answer->base != NULL ? g_strdup_printf("refs/tags/%s", answer->base) : NULL;
    answer->commits = commits_read(world, &(CommitsRange){.from = from, .whole = true}, error);
    if (answer->commits == NULL)
        return NULL;
    answer->reasons = g_array_new(FALSE, FALSE, sizeof(BumpReason));
    const HistoryPart *part = g_ptr_array_index(answer->commits->parts, 0);
    for (guint i = 0; i < part->commits->len; i++) {
        BumpReason reason = judge(world, g_ptr_array_index(part->commits, i));
        g_array_append_val(answer->reasons, reason);
    }
    return decide(world, pre, answer, error) ? g_steal_pointer(&answer) : NULL;
}
