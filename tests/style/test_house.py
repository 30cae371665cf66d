"""The reader of C that the other style tests trust."""

import house

SAMPLE = """
/* if (comment) { */
#define MACRO(x) \\
    if (x) { y(); }
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Thing, thing_free)
typedef struct { int a; } Thing;
static const Thing THINGS[] = {{.a = 1}, {.a = 2}};
static bool one(void) {
    return true;
}
int two(const char *a, int (*b)(int, int), char c[2]) {
    /* } */
    if (a) {
        for (;;)
            while (b("}", '{'))
                switch (c[0]) {
                case 1 ? 2 : 3: do { x(); } while (0); break;
                default: y((Thing){.a = 1});
                }
    } else if (b) {
        z();
    } else if (c)
        z();
    else {
        z();
    }
    return 0;
}
G_GNUC_PRINTF(1, 2) void three(const char *format, ...) G_GNUC_NOINLINE
{
}
"""


def test_functions_are_found_and_measured():
    found = house.functions(SAMPLE)
    assert [(one.name, one.params, one.depth, one.static) for one in found] == [("one", 0, 0, True), ("two", 3, 5, False), ("three", 2, 0, False)]
    assert [(one.first, one.last) for one in found][:2] == [(8, 10), (11, 28)]


def test_strings_and_comments_are_not_code():
    assert "goto" not in house.without_noise('a("goto"); // goto\n/* goto\n goto */ b(\'"\'); c("\\"goto");')
    assert house.without_noise("/*\n\n*/x").count("\n") == 2


def test_the_house_is_read():
    paths = {house.shown(path) for path in house.files()}
    assert "src/LAYERS" in paths and "Makefile" in paths
    assert not any(path.startswith(("build", ".git/")) for path in paths)
    text = house.read(house.ROOT / "src" / "base" / "error.c")
    assert {"error_set", "error_to_text"} <= {one.name for one in house.functions(text)}
