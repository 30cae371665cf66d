/* The search for whole words: sixteen places at a time by their first and last byte, in plain vector C, which gcc and clang have for every machine. */
#include "docs/todo.h"

#include <string.h>

#define WIDTH 16u

typedef guint8 Block __attribute__((vector_size(WIDTH)));
typedef guint64 Halves __attribute__((vector_size(WIDTH)));

static Block load(const char *at) {
    Block block;
    memcpy(&block, at, WIDTH);
    return block;
}

static Block all(char c) {
    return (Block){0} + (guint8)c;
}

static bool is_part(char c) {
    return g_ascii_isalnum(c) || c == '_' || (guchar)c >= 0x80;
}

typedef struct {
    const char *text, *word;
    gsize length, size; /* of the text, of the word */
} Search;

static bool stands_at(const Search *search, gsize at) {
    if (memcmp(search->text + at, search->word, search->size) != 0)
        return false;
    gsize behind = at + search->size;
    return !(at > 0 && is_part(search->text[at - 1]) && is_part(*search->word)) &&
           !(behind < search->length && is_part(search->text[behind]) && is_part(search->word[search->size - 1]));
}

/* The next place at or behind `at`; length: none. */
static gsize next_place(const Search *search, gsize at) {
    gsize last = search->length >= search->size ? search->length - search->size + 1 : 0;
    Block first = all(search->word[0]), end = all(search->word[search->size - 1]);
    while (at + WIDTH <= last) {
        Block both = (Block)((load(search->text + at) == first) & (load(search->text + at + search->size - 1) == end));
        Halves halves = (Halves)both;
        for (guint i = 0; (halves[0] | halves[1]) != 0 && i < WIDTH; i++) {
            if (both[i] != 0 && stands_at(search, at + i))
                return at + i;
        }
        at += WIDTH;
    }
    for (; at < last; at++) {
        if (search->text[at] == *search->word && stands_at(search, at))
            return at;
    }
    return search->length;
}

void docs_words_find(const DocsWords *words, const char *text, gsize length) {
    Search searches[32];
    gsize next[32];
    guint count = 0;
    for (; count < G_N_ELEMENTS(searches) && words->words[count] != NULL; count++) {
        searches[count] = (Search){.text = text, .word = words->words[count], .length = length, .size = strlen(words->words[count])};
        next[count] = searches[count].size > 0 ? next_place(&searches[count], 0) : length;
    }
    for (;;) {
        guint nearest = 0;
        for (guint i = 1; i < count; i++)
            nearest = next[i] < next[nearest] ? i : nearest;
        if (count == 0 || next[nearest] >= length)
            return;
        words->found(next[nearest], nearest, words->data);
        next[nearest] = next_place(&searches[nearest], next[nearest] + searches[nearest].size);
    }
}
