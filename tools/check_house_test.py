#!/usr/bin/env python3
"""Each house rule is shown a breach that it must find, and its nearest harmless neighbour."""
import pathlib
import tempfile
import unittest

import check_house

README = "Purpose Words May use Invariants What failure looks like Start reading\n"
HEADER = "#ifndef STRONGROOM_ROOM_THING_H_\n#define STRONGROOM_ROOM_THING_H_\n#endif\n"


class House(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name).resolve()
        self.write("src/room/README.md", README)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_found(self, name: str, text: str, words: str) -> None:
        self.write(name, text)
        found = check_house.check(self.root)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def assert_clean(self, name: str, text: str) -> None:
        self.write(name, text)
        self.assertEqual(check_house.check(self.root), [])

    def test_memcmp_is_found(self):
        self.assert_found("src/room/a.cc", "bool b = memcmp(x, y, 4) == 0;\n", "memcmp")

    def test_memcmp_of_the_standard_namespace_is_found(self):
        self.assert_found("src/room/a.cc", "bool b = std::memcmp(x, y, 4) == 0;\n", "memcmp")

    def test_strcpy_is_found(self):
        self.assert_found("apps/one/main.cc", "strcpy(a, b);\n", "no bound")

    def test_rand_is_found(self):
        self.assert_found("src/room/a.cc", "int i = rand();\n", "guessable")

    def test_a_member_or_longer_name_is_no_banned_call(self):
        self.assert_clean("src/room/a.cc", "auto i = operand(x) + source.random() + my_rand(3);\n")

    def test_a_banned_word_in_a_comment_or_string_is_no_call(self):
        self.assert_clean("src/room/a.cc", '// never memcmp(a, b)\nsay("rand()");\n')

    def test_the_environment_may_be_read_in_main_and_in_tests_only(self):
        self.assert_clean("apps/one/main.cc", 'getenv("HOME");\n')
        self.assert_clean("src/room/a_test.cc", 'std::getenv("HOME");\n')
        self.assert_found("src/room/a.cc", 'getenv("HOME");\n', "surroundings")

    def test_two_types_of_one_name_are_found(self):
        self.write("src/room/a.cc", "namespace a::b {\nstruct Wanted {\n};\n}\n")
        self.assert_found("src/room/b.cc", "namespace a::b {\nclass Wanted final : public X {\n};\n}\n", "Wanted")

    def test_a_type_of_one_file_alone_may_have_anothers_name(self):
        self.write("src/room/a.cc", "namespace a {\nstruct Wanted {\n};\n}\n")
        self.write("src/room/b.cc", "namespace a {\nnamespace {\nstruct Wanted {\n};\n}  // namespace\n}\n")
        self.assert_clean("src/room/c.cc", "namespace c {\nstruct Wanted {\n};\n}\nstruct Wanted;\n")

    def test_a_long_file_is_found(self):
        self.assert_found("src/room/a.cc", "int a;\n" * 601, "601 lines")

    def test_a_room_without_readme_is_found(self):
        self.assert_found("src/bare/a.cc", "int a;\n", "has no README.md")

    def test_a_readme_that_leaves_a_heading_out_is_found(self):
        self.assert_found("src/room/README.md", README.replace("Invariants", ""), "Invariants")

    def test_unfinished_work_is_found(self):
        self.assert_found("docs/a.md", "TODO: write this\n", "issue")

    def test_a_wrong_include_guard_is_found(self):
        self.assert_found("src/room/thing.h", HEADER.replace("ROOM", "OTHER"), "STRONGROOM_ROOM_THING_H_")

    def test_the_right_include_guard_is_clean(self):
        self.assert_clean("src/room/thing.h", HEADER)

    def test_a_class_that_only_helps_is_found(self):
        self.assert_found("src/room/a.cc", "class KeyManager {};\n", "KeyManager")

    def test_a_half_done_merge_is_found(self):
        self.assert_found("docs/a.md", "<<<<<<< ours\n", "merge")

    def test_a_download_address_in_a_lock_file_is_found(self):
        self.assert_found("console/package-lock.json", '"resolved": "https://example.org/x.tgz"\n',
                          "download addresses")


if __name__ == "__main__":
    unittest.main()
