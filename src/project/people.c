#include "project/people.h"

#include "base/text.h"

#include <string.h>

/* One person, by the mail address: names change, and are spelled in more ways than one. */
typedef struct {
    const char *name, *email;
} Person;

void people_free(People *people) {
    g_array_unref(people->list);
    g_ptr_array_unref(people->texts);
    g_free(people);
}

static char *keep(People *people, char *text) {
    g_ptr_array_add(people->texts, text);
    return text;
}

/* ---- co-authors ---- */

/* .mailmap's word on "Name <mail>" lines, one line each; NULL: git cannot read them, and they stay as they are. */
static bool map(const World *world, const GPtrArray *lines, char ***answer, GError **error) {
    g_autoptr(GString) input = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(input, "%s\n", (const char *)g_ptr_array_index(lines, i));
    g_autoptr(GBytes) bytes = g_bytes_new(input->str, input->len);
    const char *words[] = {"check-mailmap", "--stdin", NULL};
    GitCall call = {.read = true, .words = words, .input = bytes};
    g_autoptr(GError) problem = NULL;
    g_autofree char *out = lines->len > 0 ? git_call(world->git, &call, &problem) : NULL;
    if (git_gave_no_answer(problem)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    g_auto(GStrv) rows = out != NULL ? g_strsplit(out, "\n", -1) : NULL;
    *answer = rows != NULL && g_strv_length(rows) == lines->len ? g_steal_pointer(&rows) : NULL;
    return true;
}

static bool is_contact(const char *text) {
    const char *open = strrchr(text, '<');
    return open != NULL && open > text && strchr(open, '>') != NULL && strpbrk(text, "\n\r") == NULL;
}

static void add_contact(People *people, GArray *persons, const char *contact) {
    const char *open = strrchr(contact, '<');
    char *name = keep(people, g_strstrip(g_strndup(contact, (gsize)(open - contact))));
    char *email = keep(people, g_strndup(open + 1, strcspn(open + 1, ">")));
    Person person = {.name = name, .email = email};
    if (*name != '\0')
        g_array_append_val(persons, person);
}

static bool add_co_authors(const World *world, People *people, const HistoryPart *part, GArray *persons, GError **error) {
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    for (guint i = 0; i < part->commits->len; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        for (guint k = 0; commit->said->authors != NULL && commit->said->authors[k] != NULL; k++) {
            if (is_contact(commit->said->authors[k]))
                g_ptr_array_add(lines, commit->said->authors[k]);
        }
    }
    g_auto(GStrv) answer = NULL;
    if (!map(world, lines, &answer, error))
        return false;
    for (guint i = 0; i < lines->len; i++) {
        const char *line = answer != NULL && is_contact(answer[i]) ? answer[i] : g_ptr_array_index(lines, i);
        add_contact(people, persons, line);
    }
    return true;
}

/* ---- who was here before ---- */

static GHashTable *earlier(const World *world, const char *previous, GError **error) {
    g_autofree char *out = git_read(world->git, error, "log", "--no-show-signature", "--format=%aE", "--end-of-options", previous, "--", NULL);
    if (out == NULL)
        return NULL;
    GHashTable *emails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        g_hash_table_add(emails, g_ascii_strdown(lines[i], -1));
    return emails;
}

/* ---- the list ---- */

static bool is_bot(const World *world, const Person *person) {
    const json_t *named = config_get(world->config, "notes.bots");
    for (gsize i = 0; i < json_array_size(named); i++) {
        const char *bot = json_string_value(json_array_get(named, i));
        if (g_strcmp0(bot, person->name) == 0 || g_strcmp0(bot, person->email) == 0)
            return true;
    }
    return g_str_has_suffix(person->name, "[bot]") || strstr(person->email, "[bot]@") != NULL;
}

static int by_name(gconstpointer a, gconstpointer b) {
    const NotesPerson *first = a, *second = b;
    return strcmp(first->name, second->name);
}

static void add_all(const World *world, People *people, const GArray *persons, GHashTable *before) {
    g_autoptr(GHashTable) emails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < persons->len; i++) {
        const Person *person = &g_array_index(persons, Person, i);
        g_autofree char *email = g_ascii_strdown(person->email, -1);
        char *name = keep(people, text_escape(person->name, -1, false));
        bool known = before == NULL || g_hash_table_contains(before, email);
        bool again = g_hash_table_contains(names, name) || (*email != '\0' && g_hash_table_contains(emails, email));
        g_hash_table_add(emails, g_steal_pointer(&email));
        if (again)
            continue;
        g_hash_table_add(names, name);
        NotesPerson row = {.name = name, .first = !known, .bot = is_bot(world, person)};
        g_array_append_val(people->list, row);
    }
    g_array_sort(people->list, by_name);
}

People *people_of(const World *world, const HistoryPart *part, const char *previous, GError **error) {
    GError *problem = NULL;
    g_autoptr(GHashTable) before = previous != NULL && part->commits->len > 0 ? earlier(world, previous, &problem) : NULL;
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return NULL;
    }
    g_autoptr(People) people = g_new0(People, 1);
    people->list = g_array_new(FALSE, FALSE, sizeof(NotesPerson));
    people->texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) persons = g_array_new(FALSE, FALSE, sizeof(Person));
    for (guint i = 0; i < part->commits->len; i++) {
        const HistoryCommit *commit = g_ptr_array_index(part->commits, i);
        Person person = {.name = commit->author, .email = commit->email};
        g_array_append_val(persons, person);
    }
    if (!add_co_authors(world, people, part, persons, error))
        return NULL;
    add_all(world, people, persons, before);
    return g_steal_pointer(&people);
}
