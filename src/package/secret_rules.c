#include "package/secret_rules.h"

#include <libdeflate.h>
#include <string.h>

#define AWS_SECRET 40
#define AWS_NEAR 300
#define PEM_LINE 40

bool package_secret_is(SecretCharacters characters, guint8 byte) {
    switch (characters) {
    case SECRET_ALNUM:
        return g_ascii_isalnum(byte);
    case SECRET_WORD:
        return g_ascii_isalnum(byte) || byte == '_';
    case SECRET_URL:
        return g_ascii_isalnum(byte) || byte == '_' || byte == '-';
    case SECRET_BASE32:
        return g_ascii_isupper(byte) || (byte >= '2' && byte <= '7');
    case SECRET_UPPER_BLANK:
        return g_ascii_isupper(byte) || byte == ' ';
    default:
        return false;
    }
}

/* ---- checks ---- */

/* GitHub's and npm's: the last six characters are the CRC-32 of the thirty before them, in base 62. */
static bool base62_checksum(const SecretFound *found) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    guint32 crc = libdeflate_crc32(0, found->rest, 30);
    for (guint i = 36; i-- > 30; crc /= 62) {
        if (found->rest[i] != (guint8)digits[crc % 62])
            return false;
    }
    return crc == 0;
}

static bool is_mixed(const guint8 *text, gsize length) {
    bool upper = false, lower = false, digit = false;
    for (gsize i = 0; i < length; i++) {
        upper = upper || g_ascii_isupper(text[i]);
        lower = lower || g_ascii_islower(text[i]);
        digit = digit || g_ascii_isdigit(text[i]);
    }
    return lower && digit && (upper || length < 24);
}

/* Random, not a word and not a row of x. */
static bool mixed(const SecretFound *found) {
    return is_mixed(found->rest, found->length);
}

static bool begins_with_digits(const SecretFound *found) {
    return g_ascii_isdigit(found->rest[0]) && g_ascii_isdigit(found->rest[1]);
}

static bool in_npmrc(const SecretFound *found) {
    return g_str_has_suffix(found->path, ".npmrc");
}

static bool is_base64(guint8 byte) {
    return g_ascii_isalnum(byte) || byte == '+' || byte == '/';
}

/* A run of exactly forty: what AWS calls the secret access key. The examples of its manuals end in EXAMPLE or EXAMPLEKEY. */
static bool aws_secret_near(const SecretFound *found) {
    if (found->length >= 7 && memcmp(found->rest + found->length - 7, "EXAMPLE", 7) == 0)
        return false;
    const guint8 *from = found->rest - found->from > AWS_NEAR ? found->rest - AWS_NEAR : found->from;
    const guint8 *to = found->to - found->rest > AWS_NEAR ? found->rest + AWS_NEAR : found->to;
    for (const guint8 *at = from; at < to;) {
        const guint8 *end = at;
        while (end < to && is_base64(*end))
            end++;
        bool example = end - at > 10 && memcmp(end - 10, "EXAMPLEKEY", 10) == 0;
        if (end - at == AWS_SECRET && is_mixed(at, AWS_SECRET) && !example)
            return true;
        at = end + 1;
    }
    return false;
}

/* Behind the header a line of base64, with true or escaped line ends between: programs that merely know the header have none. */
static bool private_key(const SecretFound *found) {
    static const char *const ends[] = {"PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"};
    const guint8 *at = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(ends) && at == NULL; i++) {
        gsize length = strlen(ends[i]), before = length - strlen("-----");
        const guint8 *begin = found->length >= before ? found->rest + found->length - before : NULL;
        if (begin != NULL && (gsize)(found->to - begin) >= length && memcmp(begin, ends[i], length) == 0)
            at = begin + length;
    }
    gsize run = 0;
    for (gsize steps = 0; at != NULL && at < found->to && steps < 600 && run < PEM_LINE; at++, steps++)
        run = is_base64(*at) && !(*at == 'n' && run == 0 && at[-1] == '\\') ? run + 1 : 0;
    return run >= PEM_LINE;
}

/* ---- the tables ---- */

static const SecretToken tokens[] = {
#define SECRET_TOKEN(rule, prefix, characters, least, most, check, words) {rule, prefix, characters, least, most, check, words},
#define SECRET_FILE(rule, glob, words)
#define LITTER(glob, words)
#include "package/secrets.def"
#undef SECRET_TOKEN
#undef SECRET_FILE
#undef LITTER
};

static const SecretFile secret_files[] = {
#define SECRET_TOKEN(rule, prefix, characters, least, most, check, words)
#define SECRET_FILE(rule, glob, words) {rule, glob, words},
#define LITTER(glob, words)
#include "package/secrets.def"
#undef SECRET_TOKEN
#undef SECRET_FILE
#undef LITTER
};

static const SecretFile litter[] = {
#define SECRET_TOKEN(rule, prefix, characters, least, most, check, words)
#define SECRET_FILE(rule, glob, words)
#define LITTER(glob, words) {NULL, glob, words},
#include "package/secrets.def"
#undef SECRET_TOKEN
#undef SECRET_FILE
#undef LITTER
};

const SecretToken *package_secret_tokens(guint *count) {
    *count = G_N_ELEMENTS(tokens);
    return tokens;
}

const SecretFile *package_secret_files(guint *count) {
    *count = G_N_ELEMENTS(secret_files);
    return secret_files;
}

const SecretFile *package_secret_litter(guint *count) {
    *count = G_N_ELEMENTS(litter);
    return litter;
}
