#include "project/tags.h"

#include <string.h>

/* Ancestors are asked for one by one before they are asked for all at once: the highest tag nearly always is one. */
#define SINGLE_QUESTIONS 3

static void world_tag_free(WorldTag *tag) {
    version_free(tag->version);
    g_free(tag);
}

/* What stands for {version} in a tag; NULL: the tag is not of this pattern. */
static char *hole_of(const char *tag, const char *pattern) {
    const char *hole = strstr(pattern, "{version}");
    gsize before = hole != NULL ? (gsize)(hole - pattern) : 0;
    const char *behind = hole != NULL ? hole + strlen("{version}") : "";
    bool matches = hole != NULL && strlen(tag) > before + strlen(behind) && strncmp(tag, pattern, before) == 0 && g_str_has_suffix(tag, behind);
    return matches ? g_strndup(tag + before, strlen(tag) - before - strlen(behind)) : NULL;
}

/* Python projects tag as their packages are named: 1.1.0rc1, 24.1. */
static Version *version_of(const char *tag, const char *pattern) {
    g_autofree char *text = hole_of(tag, pattern);
    if (text == NULL || !g_ascii_isdigit(*text))
        return NULL;
    Version *version = version_parse(text, NULL);
    return version != NULL ? version : version_from_pep440(text, NULL);
}

Version *world_tag_version(const World *world, const char *tag) {
    return version_of(tag, world->tag_pattern);
}

/* ---- the pattern ---- */

/* As projects name their tags, best first where several fit as well. */
static const char *const usual[] = {"v{version}",        "{version}",         "{name}-v{version}", "{name}@{version}", "{name}-{version}", "{name}/v{version}",
                                    "{path}/v{version}", "release-{version}", "release/{version}", "r{version}",       "V{version}"};

typedef struct {
    char *pattern;
    guint count;
    Version *highest;
} Guess;

static Guess look_at(const World *world, const char *pattern, GError **error) {
    const char *path = config_string(world->config, "path");
    Guess guess = {.pattern = version_pattern(pattern, world->project, path, error)};
    GHashTableIter iter;
    gpointer tag;
    g_hash_table_iter_init(&iter, world->tags);
    while (guess.pattern != NULL && g_hash_table_iter_next(&iter, &tag, NULL)) {
        g_autoptr(Version) version = version_of(tag, guess.pattern);
        if (version == NULL)
            continue;
        guess.count++;
        if (guess.highest != NULL && version_compare(version, guess.highest) <= 0)
            continue;
        g_clear_pointer(&guess.highest, version_free);
        guess.highest = g_steal_pointer(&version);
    }
    return guess;
}

/* A single tag of another form is a slip, not a habit; of two habits the one with the higher version is the younger. */
static bool is_better(const Guess *new, const Guess *old) {
    if (new->count == 0 || old->count == 0)
        return new->count > old->count;
    if ((new->count > 1) != (old->count > 1))
        return new->count > 1;
    return version_compare(new->highest, old->highest) > 0;
}

static void guess_clear(Guess *guess) {
    g_free(guess->pattern);
    g_clear_pointer(&guess->highest, version_free);
}

static bool choose_pattern(World *world, GError **error) {
    Guess best = look_at(world, config_string(world->config, "git.tag"), error);
    bool settled = best.pattern == NULL || config_get(world->config, "git.tag") != NULL;
    bool in_folder = *config_string(world->config, "path") != '\0';
    for (guint i = 0; !settled && i < G_N_ELEMENTS(usual); i++) {
        bool wants_path = strstr(usual[i], "{path}") != NULL;
        if (wants_path && !in_folder)
            continue;
        Guess guess = look_at(world, usual[i], NULL);
        Guess loser = guess;
        if (is_better(&guess, &best)) {
            loser = best;
            best = guess;
        }
        guess_clear(&loser);
    }
    world->tag_pattern = g_steal_pointer(&best.pattern);
    guess_clear(&best);
    return world->tag_pattern != NULL;
}

/* ---- versions ---- */

static int highest_first(gconstpointer a, gconstpointer b) {
    const WorldTag *first = *(const WorldTag *const *)a, *second = *(const WorldTag *const *)b;
    int order = version_compare(second->version, first->version);
    return order != 0 ? order : strcmp(first->tag, second->tag);
}

bool tags_read(World *world, GError **error) {
    if (!choose_pattern(world, error))
        return false;
    world->versions = g_ptr_array_new_with_free_func((GDestroyNotify)world_tag_free);
    GHashTableIter iter;
    gpointer tag, commit;
    g_hash_table_iter_init(&iter, world->tags);
    while (g_hash_table_iter_next(&iter, &tag, &commit)) {
        Version *version = world_tag_version(world, tag);
        if (version == NULL)
            continue;
        WorldTag *row = g_new0(WorldTag, 1);
        *row = (WorldTag){.tag = tag, .commit = commit, .version = version};
        g_ptr_array_add(world->versions, row);
    }
    g_ptr_array_sort(world->versions, highest_first);
    return true;
}

/* ---- ancestry ---- */

typedef struct {
    const World *world;
    guint asked;
    GHashTable *merged; /* tags that are ancestors; NULL: not read yet */
} Ancestry;

static bool read_merged(Ancestry *ancestry, GError **error) {
    g_autofree char *out = git_read(ancestry->world->git, error, "for-each-ref", "--merged=HEAD", "--format=%(refname:lstrip=2)", "refs/tags/", NULL);
    if (out == NULL)
        return false;
    ancestry->merged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) names = g_strsplit(out, "\n", -1);
    for (guint i = 0; names[i] != NULL; i++)
        g_hash_table_add(ancestry->merged, g_strdup(names[i]));
    return true;
}

static bool is_ancestor(Ancestry *ancestry, const WorldTag *tag, bool *result, GError **error) {
    const World *world = ancestry->world;
    if (g_str_equal(tag->commit, world->head)) {
        *result = true;
        return true;
    }
    if (ancestry->asked++ < SINGLE_QUESTIONS)
        return git_is_ancestor(world->git, tag->commit, world->head, result, error);
    if (ancestry->merged == NULL && !read_merged(ancestry, error))
        return false;
    *result = g_hash_table_contains(ancestry->merged, tag->tag);
    return true;
}

static bool search(World *world, Ancestry *ancestry, GError **error) {
    for (guint i = 0; world->head != NULL && i < world->versions->len; i++) {
        const WorldTag *tag = g_ptr_array_index(world->versions, i);
        bool pre = version_is_prerelease(tag->version);
        bool ancestor = false;
        if (pre && world->candidate_tag != NULL)
            continue;
        if (!is_ancestor(ancestry, tag, &ancestor, error))
            return false;
        if (!ancestor)
            continue;
        g_autofree char *text = version_to_string(tag->version);
        Version **version = pre ? &world->candidate : &world->previous;
        char **name = pre ? &world->candidate_tag : &world->previous_tag;
        *version = version_parse(text, NULL);
        *name = g_strdup(tag->tag);
        if (!pre)
            return true;
    }
    return true;
}

bool tags_find_previous(World *world, GError **error) {
    Ancestry ancestry = {.world = world};
    bool done = search(world, &ancestry, error);
    g_clear_pointer(&ancestry.merged, g_hash_table_unref);
    return done;
}

/* ---- looking ---- */

const char *world_release_before(const World *world, const Version *version) {
    for (guint i = 0; i < world->versions->len; i++) {
        const WorldTag *tag = g_ptr_array_index(world->versions, i);
        if (!version_is_prerelease(tag->version) && version_compare(tag->version, version) < 0)
            return tag->tag;
    }
    return NULL;
}

static int by_name(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* It holds a digit where versions have one: v0.1-integrations, release-2, 1.0. */
static bool looks_like_release(const char *tag) {
    const char *last = strrchr(tag, '/');
    const char *name = last != NULL ? last + 1 : tag;
    return g_ascii_isdigit(*name) || ((*name == 'v' || *name == 'V' || *name == 'r') && g_ascii_isdigit(name[1]));
}

GPtrArray *world_strange_tags(const World *world) {
    GPtrArray *strange = g_ptr_array_new();
    GHashTableIter iter;
    gpointer tag;
    g_hash_table_iter_init(&iter, world->tags);
    while (g_hash_table_iter_next(&iter, &tag, NULL)) {
        g_autoptr(Version) version = world_tag_version(world, tag);
        if (version == NULL && looks_like_release(tag))
            g_ptr_array_add(strange, tag);
    }
    g_ptr_array_sort(strange, by_name);
    return strange;
}
