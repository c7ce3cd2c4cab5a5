//! The languages that the highlighter knows: comment and string styles, and keywords.

use StringKind::{MultiLine, Raw, SingleLine};

/// The syntax of one language, or of several that look alike.
#[derive(Clone, Copy)]
pub struct Language {
    /// The names after a fence, separated by spaces.
    names: &'static str,
    /// Reserved words and built-in types, separated by spaces.
    pub keywords: &'static str,
    pub line_comments: &'static [&'static str],
    /// Start and end of each kind of block comment.
    pub block_comments: &'static [(&'static str, &'static str)],
    /// String literals, the longest delimiters first.
    pub strings: &'static [StringStyle],
    /// Characters that give the word after them a class, as `$` a variable in PHP.
    pub prefixes: &'static [(&'static str, &'static str)],
    /// Characters of a word besides letters, digits and `_`.
    pub word_chars: &'static str,
    /// Characters that make the word or string before them a key.
    pub keys: &'static str,
    /// Classes of whole lines by their start. Nothing else is highlighted in such a language.
    pub line_starts: &'static [(&'static str, &'static str)],
    /// Whether keywords may be written in any case.
    pub ignore_case: bool,
}

/// The delimiters of a string literal.
#[derive(Clone, Copy)]
pub struct StringStyle {
    pub open: &'static str,
    pub close: &'static str,
    pub kind: StringKind,
}

/// Where a string literal may end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum StringKind {
    /// At the end of the line; a backslash escapes the next character.
    SingleLine,
    /// On a later line; a backslash escapes the next character.
    MultiLine,
    /// On a later line; a backslash has no meaning.
    Raw,
}

const fn string(open: &'static str, close: &'static str, kind: StringKind) -> StringStyle {
    StringStyle { open, close, kind }
}

const DOUBLE: StringStyle = string("\"", "\"", SingleLine);
const SINGLE: StringStyle = string("'", "'", SingleLine);
const TRIPLE_DOUBLE: StringStyle = string("\"\"\"", "\"\"\"", MultiLine);
const TRIPLE_SINGLE: StringStyle = string("'''", "'''", MultiLine);

/// A single quote also begins a lifetime, so only the characters that would begin a string are listed.
const RUST_STRINGS: &[StringStyle] = &[
    string("r##\"", "\"##", Raw),
    string("r#\"", "\"#", Raw),
    string("r\"", "\"", Raw),
    string("'\"'", "", Raw),
    string("'\\\"'", "", Raw),
    string("\"", "\"", MultiLine),
];

/// The defaults of languages with the comments and strings of C.
const C_FAMILY: Language = Language {
    names: "",
    keywords: "",
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    strings: &[DOUBLE, SINGLE],
    prefixes: &[],
    word_chars: "",
    keys: "",
    line_starts: &[],
    ignore_case: false,
};

/// The defaults of languages with `#` comments.
const HASH: Language = Language {
    line_comments: &["#"],
    block_comments: &[],
    ..C_FAMILY
};

/// The language with this name after a fence, in any case.
pub fn find(name: &str) -> Option<&'static Language> {
    LANGUAGES.iter().find(|language| {
        let mut names = language.names.split(' ');
        names.any(|known| known.eq_ignore_ascii_case(name))
    })
}

static LANGUAGES: &[Language] = &[
    Language {
        names: "rust rs",
        keywords: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop \
            match mod move mut pub ref return self Self static struct super trait true type unsafe use where \
            while bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64",
        strings: RUST_STRINGS,
        ..C_FAMILY
    },
    Language {
        names: "javascript js jsx mjs cjs node typescript ts tsx",
        keywords: "abstract as async await break case catch class const continue debugger declare default delete do \
            else enum export extends false finally for from function get if implements import in instanceof \
            interface keyof let namespace new null of private protected public readonly return satisfies set \
            static super switch this throw true try type typeof undefined var void while with yield any bigint \
            boolean never number object string symbol unknown",
        strings: &[DOUBLE, SINGLE, string("`", "`", MultiLine)],
        prefixes: &[("@", "v")],
        word_chars: "$",
        ..C_FAMILY
    },
    Language {
        names: "css scss sass less",
        keywords: "important media import supports layer font-face keyframes container include mixin extend use",
        prefixes: &[("$", "v"), ("@", "v")],
        word_chars: "-",
        keys: ":",
        ..C_FAMILY
    },
    Language {
        names: "go golang",
        keywords: "break case chan const continue default defer else fallthrough false for func go goto if import \
            interface iota map nil package range return select struct switch true type var any bool byte \
            complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 \
            uint32 uint64 uintptr",
        strings: &[DOUBLE, SINGLE, string("`", "`", Raw)],
        ..C_FAMILY
    },
    Language {
        names: "java groovy gradle",
        keywords: "abstract assert break case catch class continue default do else enum extends false final finally for \
            if implements import instanceof interface native new null package permits private protected public \
            record return sealed static super switch synchronized this throw throws transient true try var void \
            volatile while yield def boolean byte char double float int long short",
        strings: &[TRIPLE_DOUBLE, DOUBLE, SINGLE],
        prefixes: &[("@", "v")],
        ..C_FAMILY
    },
    Language {
        names: "kotlin kt kts",
        keywords: "abstract as break by class companion const constructor continue data do else enum false final \
            finally for fun if import in init inline interface internal is lateinit null object open operator \
            override package private protected public return sealed super suspend this throw true try typealias \
            val var when where while",
        strings: &[TRIPLE_DOUBLE, DOUBLE, SINGLE],
        prefixes: &[("@", "v")],
        ..C_FAMILY
    },
    Language {
        names: "swift",
        keywords: "actor as async await break case catch class continue default defer deinit do else enum extension \
            fallthrough false for func guard if import in init inout internal is let mutating nil open operator \
            override private protocol public repeat rethrows return self Self static struct subscript super \
            switch throw throws true try typealias var where while",
        strings: &[TRIPLE_DOUBLE, DOUBLE],
        prefixes: &[("@", "v"), ("#", "v")],
        ..C_FAMILY
    },
    Language {
        names: "c h cpp c++ cc cxx hpp objc arduino",
        keywords: "alignas alignof break case catch class concept const constexpr const_cast continue default delete do \
            dynamic_cast else enum explicit export extern false final for friend goto if inline mutable \
            namespace new noexcept nullptr NULL operator override private protected public register \
            reinterpret_cast requires return sizeof static static_assert static_cast struct switch template this \
            throw true try typedef typename union using virtual volatile while int char void float double long \
            short unsigned signed bool size_t ssize_t uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t \
            int64_t auto wchar_t FILE",
        prefixes: &[("#", "v")],
        ..C_FAMILY
    },
    Language {
        names: "csharp c# cs dotnet",
        keywords: "abstract as async await base break case catch class const continue default delegate do else enum \
            event explicit extern false finally for foreach get if implicit in init interface internal is lock \
            namespace new null operator out override params private protected public readonly record ref \
            required return sealed set static struct switch this throw true try typeof using var virtual void \
            when where while with yield bool byte char decimal double dynamic float int long object sbyte short \
            string uint ulong ushort",
        strings: &[TRIPLE_DOUBLE, string("@\"", "\"", Raw), DOUBLE, SINGLE],
        prefixes: &[("#", "v")],
        ..C_FAMILY
    },
    Language {
        names: "php",
        keywords: "abstract and array as break case catch class clone const continue declare default do echo else \
            elseif enum extends false final finally fn for foreach function global if implements instanceof \
            interface isset match namespace new null or php print private protected public readonly require \
            require_once return static switch this throw trait true try unset use var while yield bool float int \
            iterable mixed never object string void",
        line_comments: &["//", "#"],
        prefixes: &[("$", "v")],
        ..C_FAMILY
    },
    Language {
        names: "scala dart zig haskell hs fsharp f# ocaml ml protobuf proto graphql gql solidity sol v d",
        keywords: "abstract and async await break case catch class comptime const continue data def defer do else enum \
            export extends external factory false final finally fn for fun function given if implements import \
            in instance interface is late let lazy library match message mixin module mut mutation new null \
            object of open override package private protected pub public query rec repeated required return rpc \
            sealed service static struct super switch syntax test this then throw trait true try type union \
            using val var void when where while with yield bool bytes double float int int32 int64 string u8 u16 \
            u32 u64 usize i32 i64 uint256 address num dynamic",
        line_comments: &["//", "--"],
        prefixes: &[("@", "v")],
        ..C_FAMILY
    },
    Language {
        names: "python py python3 pyi",
        keywords: "and as assert async await break class continue def del elif else except False finally for from \
            global if import in is lambda match None nonlocal not or pass raise return self True try while with \
            yield int str float bool bytes list dict set tuple object type",
        strings: &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        prefixes: &[("@", "v")],
        ..HASH
    },
    Language {
        names: "json json5 jsonc",
        keywords: "true false null",
        keys: ":",
        ..C_FAMILY
    },
    Language {
        names: "html htm xml svg xhtml vue svelte jinja askama",
        line_comments: &[],
        block_comments: &[("<!--", "-->")],
        strings: &[string("\"", "\"", Raw)],
        prefixes: &[("</", "k"), ("<", "k"), ("&", "n")],
        word_chars: "-:",
        keys: "=",
        ..C_FAMILY
    },
    Language {
        names: "sql sqlite mysql postgres postgresql psql plsql",
        keywords: "add all alter and as asc autoincrement begin between by case check collate column commit constraint \
            create cross database default delete desc distinct drop else end except exists explain false foreign \
            from full grant group having if in index inner insert intersect into is join key left like limit \
            materialized natural not null offset on or order outer over partition pragma primary references \
            returning right rollback row rows select set table then to transaction trigger true truncate union \
            unique update using values view when where window with without bigint blob bool boolean bytea char \
            date datetime decimal double float int integer json jsonb numeric real serial smallint text time \
            timestamp timestamptz uuid varchar",
        line_comments: &["--", "#"],
        strings: &[string("'", "'", Raw), DOUBLE, string("`", "`", Raw)],
        ignore_case: true,
        ..C_FAMILY
    },
    Language {
        names: "bash sh shell zsh console fish terminal",
        keywords: "if then else elif fi for while until do done case esac in function select return exit break continue \
            local export readonly declare set unset source alias trap echo printf cd read test exec eval sudo \
            shift true false",
        strings: &[string("\"", "\"", MultiLine), string("'", "'", Raw)],
        prefixes: &[("$", "v")],
        word_chars: "-",
        ..HASH
    },
    Language {
        names: "ruby rb rake irb",
        keywords: "alias and attr_accessor attr_reader begin break case class def defined do else elsif end ensure \
            extend false for if in include module next nil not or private protected public raise redo require \
            require_relative rescue retry return self super then true undef unless until when while yield",
        prefixes: &[("@", "v"), ("$", "v"), (":", "v")],
        ..HASH
    },
    Language {
        names: "yaml yml",
        keywords: "true false null yes no on off",
        prefixes: &[("&", "v"), ("*", "v")],
        word_chars: "-.",
        keys: ":",
        ..HASH
    },
    Language {
        names: "toml ini conf cfg properties env dotenv editorconfig",
        keywords: "true false",
        line_comments: &["#", ";"],
        strings: &[TRIPLE_DOUBLE, TRIPLE_SINGLE, DOUBLE, string("'", "'", Raw)],
        word_chars: "-.",
        keys: "=",
        ..HASH
    },
    Language {
        names: "diff patch",
        line_starts: &[
            ("+++ ", "m"),
            ("--- ", "m"),
            ("diff ", "m"),
            ("index ", "m"),
            ("@@", "f"),
            ("+", "i"),
            ("-", "d"),
        ],
        ..C_FAMILY
    },
    Language {
        names: "markdown md",
        line_starts: &[("#", "k"), (">", "c"), ("```", "s"), ("    ", "s")],
        ..C_FAMILY
    },
    Language {
        names: "dockerfile docker containerfile",
        keywords: "FROM AS RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD \
            STOPSIGNAL HEALTHCHECK SHELL",
        prefixes: &[("$", "v")],
        word_chars: "-",
        ..HASH
    },
    Language {
        names: "lua luau",
        keywords: "and break do else elseif end false for function goto if in local nil not or repeat return then true \
            until while",
        line_comments: &["--"],
        block_comments: &[("--[[", "]]")],
        strings: &[string("[[", "]]", Raw), DOUBLE, SINGLE],
        ..C_FAMILY
    },
    Language {
        names: "make makefile mk just justfile",
        keywords: "define else endef endif export ifdef ifeq ifndef ifneq include override",
        prefixes: &[("$", "v")],
        word_chars: "-.",
        keys: ":=",
        ..HASH
    },
    Language {
        names: "nix elixir ex exs perl pl r julia jl powershell ps1 nim crystal tcl",
        keywords: "and begin case cond def defmodule defp do else elsif elseif end export false FALSE fn for foreach \
            function if import in inherit let library local module my next nil not NULL null or our param \
            package proc rec repeat require return rescue sub then true TRUE undef unless until use using when \
            while with",
        prefixes: &[("$", "v"), ("@", "v")],
        ..HASH
    },
];
