#include "sign/verdict.h"

#include <string.h>

#define BEGINS "[GNUPG:] "

/* ---- the file ---- */

bool sign_is_one_block(const char *text, gsize length, const char *label) {
    g_autofree char *first = g_strdup_printf("-----BEGIN %s SIGNATURE-----\n", label);
    g_autofree char *last = g_strdup_printf("\n-----END %s SIGNATURE-----\n", label);
    gsize head = strlen(first), tail = strlen(last);
    if (length < head + tail || memchr(text, '\0', length) != NULL || strncmp(text, first, head) != 0)
        return false;
    g_autofree char *inner = g_strndup(text + head, length - head);
    return g_str_has_suffix(inner, last) && strstr(inner, "-----") == inner + strlen(inner) - tail + 1;
}

/* ---- the key ---- */

char *sign_fingerprint(const char *key) {
    g_autoptr(GString) digits = g_string_new(NULL);
    const char *at = g_str_has_prefix(key, "0x") || g_str_has_prefix(key, "0X") ? key + 2 : key;
    for (; *at != '\0' && *at != '!'; at++) {
        if (g_ascii_isxdigit(*at))
            g_string_append_c(digits, g_ascii_toupper(*at));
        else if (*at != ' ')
            return NULL;
    }
    bool itself = *at == '!';
    if ((itself && at[1] != '\0') || (digits->len != 40 && digits->len != 64))
        return NULL;
    return g_strconcat(digits->str, itself ? "!" : "", NULL);
}

/* ---- what gpg says ---- */

/* All that it may say of a signature that is good. Whether the key is trusted by the user's web of trust is another question: its fingerprint is known.
 * KEYEXPIRED is said of subkeys that have nothing to do with the signature, too; an expired one that made it is EXPKEYSIG. */
static const char *const harmless[] = {"NEWSIG",
                                       "KEY_CONSIDERED",
                                       "SIG_ID",
                                       "NOTATION_NAME",
                                       "NOTATION_FLAGS",
                                       "NOTATION_DATA",
                                       "POLICY_URL",
                                       "TRUST_UNDEFINED",
                                       "TRUST_MARGINAL",
                                       "TRUST_FULLY",
                                       "TRUST_ULTIMATE",
                                       "TOFU_USER",
                                       "TOFU_STATS",
                                       "TOFU_STATS_SHORT",
                                       "TOFU_STATS_LONG",
                                       "KEYEXPIRED",
                                       "VERIFICATION_COMPLIANCE_MODE",
                                       "PROGRESS",
                                       "ASSERT_SIGNER",
                                       NULL};

/* RFC 4880, 9.4: SHA-256, SHA-384, SHA-512, SHA-224; RFC 9580: SHA3-256, SHA3-512. */
static const char *const digests[] = {"8", "9", "10", "11", "12", "14", NULL};

/* VALIDSIG FINGERPRINT DATE TIME EXPIRES VERSION RESERVED ALGORITHM DIGEST CLASS PRIMARY */
enum { SIGNER = 1, DIGEST = 8, CLASS = 9, PRIMARY = 10, FIELDS = 11 };

static bool is_by(char **fields, const char *fingerprint) {
    gsize length = strcspn(fingerprint, "!");
    bool itself = fingerprint[length] == '!';
    const char *const keys[] = {fields[SIGNER], itself ? "" : fields[PRIMARY]};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strlen(keys[i]) == length && g_ascii_strncasecmp(keys[i], fingerprint, length) == 0)
            return true;
    }
    return false;
}

static char *judge_valid(const char *line, const char *fingerprint) {
    g_auto(GStrv) fields = g_strsplit(line, " ", -1);
    if (g_strv_length(fields) < FIELDS)
        return g_strdup("gpg does not say by which key it is");
    if (!is_by(fields, fingerprint))
        return g_strdup_printf("it is by the key %s, not by %s", fields[PRIMARY], fingerprint);
    if (!g_strv_contains(digests, fields[DIGEST]))
        return g_strdup_printf("its digest (OpenPGP's number %s) is one that can be forged", fields[DIGEST]);
    return strcmp(fields[CLASS], "00") == 0 ? NULL : g_strdup_printf("it is no signature of a file's bytes (class %s)", fields[CLASS]);
}

static char *word_of(const char *line) {
    return g_str_has_prefix(line, BEGINS) ? g_strndup(line + strlen(BEGINS), strcspn(line + strlen(BEGINS), " ")) : NULL;
}

typedef struct {
    guint signatures, good, valid;
    char *wrong; /* the first thing; NULL: nothing */
} Verdict;

static void take_line(Verdict *verdict, const char *line, const char *fingerprint) {
    g_autofree char *word = word_of(line);
    char *wrong = NULL;
    if (word == NULL)
        wrong = g_strdup("gpg's answer cannot be read");
    else if (strcmp(word, "GOODSIG") == 0)
        verdict->good++;
    else if (strcmp(word, "VALIDSIG") == 0)
        verdict->valid++, wrong = judge_valid(line + strlen(BEGINS), fingerprint);
    else if (!g_strv_contains(harmless, word))
        wrong = g_strdup_printf("gpg says %s", word);
    if (word != NULL && strcmp(word, "NEWSIG") == 0)
        verdict->signatures++;
    if (verdict->wrong == NULL)
        verdict->wrong = wrong;
    else
        g_free(wrong);
}

bool sign_status_is_good(const char *status, gsize length, const char *fingerprint, char **why) {
    Verdict verdict = {0};
    g_autofree char *text = g_strndup(status, length);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (strlen(text) != length)
        verdict.wrong = g_strdup("gpg's answer cannot be read");
    for (guint i = 0; lines[i] != NULL; i++) {
        if (*lines[i] != '\0' || lines[i + 1] != NULL)
            take_line(&verdict, lines[i], fingerprint);
    }
    if (verdict.wrong == NULL && (verdict.good != 1 || verdict.valid != 1 || verdict.signatures > 1))
        verdict.wrong = g_strdup(verdict.good == 0 ? "gpg finds no good signature" : "it holds more than one signature");
    *why = verdict.wrong;
    return verdict.wrong == NULL;
}
