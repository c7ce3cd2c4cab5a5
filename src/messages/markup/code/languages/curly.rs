//! Languages with braces and // comments.

use super::{C, DOUBLE, LONG_DOUBLE, Language, SINGLE, SLASHES, TICKS, quote};

const C_TYPES: &str = "int char void float double long short unsigned signed bool size_t ssize_t uint8_t \
    uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t auto wchar_t FILE";

pub static CURLY: &[Language] = &[
    Language {
        names: "rust rs",
        keywords: "as async await break const continue crate dyn else enum extern false fn for if impl in let \
            loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while",
        types: "bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64",
        blocks: SLASHES,
        quotes: &[
            quote("r##\"", "\"##", false, true),
            quote("r#\"", "\"#", false, true),
            quote("r\"", "\"", false, true),
            quote("\"", "\"", true, true),
            // One character, so that 'a in a lifetime begins no string.
            quote("'", "'", true, false),
        ],
        ..C
    },
    Language {
        names: "javascript js jsx mjs cjs node typescript ts tsx",
        keywords: "abstract as async await break case catch class const continue debugger declare default delete do \
            else enum export extends false finally for from function get if implements import in instanceof interface \
            keyof let namespace new null of private protected public readonly return satisfies set static super \
            switch this throw true try type typeof undefined var void while with yield",
        types: "any bigint boolean never number object string symbol unknown",
        quotes: &[DOUBLE, SINGLE, TICKS],
        sigils: "@",
        joins: "$",
        ..C
    },
    Language {
        names: "css scss sass less",
        keywords: "important media import supports layer font-face keyframes container include mixin extend use",
        sigils: "$@",
        joins: "-",
        keys: ":",
        ..C
    },
    Language {
        names: "go golang",
        keywords: "break case chan const continue default defer else fallthrough false for func go goto if import \
            interface iota map nil package range return select struct switch true type var",
        types: "any bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string \
            uint uint8 uint16 uint32 uint64 uintptr",
        quotes: &[DOUBLE, SINGLE, quote("`", "`", false, true)],
        ..C
    },
    Language {
        names: "java groovy gradle",
        keywords: "abstract assert break case catch class continue default do else enum extends false final finally \
            for if implements import instanceof interface native new null package permits private protected public \
            record return sealed static super switch synchronized this throw throws transient true try var void \
            volatile while yield def",
        types: "boolean byte char double float int long short",
        quotes: &[LONG_DOUBLE, DOUBLE, SINGLE],
        sigils: "@",
        ..C
    },
    Language {
        names: "kotlin kt kts",
        keywords: "abstract as break by class companion const constructor continue data do else enum false final \
            finally for fun if import in init inline interface internal is lateinit null object open operator \
            override package private protected public return sealed super suspend this throw true try typealias \
            val var when where while",
        quotes: &[LONG_DOUBLE, DOUBLE, SINGLE],
        sigils: "@",
        ..C
    },
    Language {
        names: "swift",
        keywords: "actor as async await break case catch class continue default defer deinit do else enum extension \
            fallthrough false for func guard if import in init inout internal is let mutating nil open operator \
            override private protocol public repeat rethrows return self Self static struct subscript super switch \
            throw throws true try typealias var where while",
        quotes: &[LONG_DOUBLE, DOUBLE],
        sigils: "@#",
        ..C
    },
    Language {
        names: "c h cpp c++ cc cxx hpp objc arduino",
        keywords: "alignas alignof break case catch class concept const constexpr const_cast continue default \
            delete do dynamic_cast else enum explicit export extern false final for friend goto if inline mutable \
            namespace new noexcept nullptr NULL operator override private protected public register \
            reinterpret_cast requires return sizeof static static_assert static_cast struct switch template this \
            throw true try typedef typename union using virtual volatile while",
        types: C_TYPES,
        sigils: "#",
        ..C
    },
    Language {
        names: "csharp c# cs dotnet",
        keywords: "abstract as async await base break case catch class const continue default delegate do else enum \
            event explicit extern false finally for foreach get if implicit in init interface internal is lock \
            namespace new null operator out override params private protected public readonly record ref required \
            return sealed set static struct switch this throw true try typeof using var virtual void when where \
            while with yield",
        types: "bool byte char decimal double dynamic float int long object sbyte short string uint ulong ushort",
        quotes: &[LONG_DOUBLE, quote("@\"", "\"", false, true), DOUBLE, SINGLE],
        sigils: "#",
        ..C
    },
    Language {
        names: "php",
        keywords: "abstract and array as break case catch class clone const continue declare default do echo else \
            elseif enum extends false final finally fn for foreach function global if implements instanceof \
            interface isset match namespace new null or php print private protected public readonly require \
            require_once return static switch this throw trait true try unset use var while yield",
        types: "bool float int iterable mixed never object string void",
        comments: &["//", "#"],
        sigils: "$",
        ..C
    },
    Language {
        names: "scala dart zig haskell hs fsharp f# ocaml ml protobuf proto graphql gql solidity sol v d",
        keywords: "abstract and async await break case catch class comptime const continue data def defer do else \
            enum export extends external factory false final finally fn for fun function given if implements import \
            in instance interface is late let lazy library match message mixin module mut mutation new null object \
            of open override package private protected pub public query rec repeated required return rpc sealed \
            service static struct super switch syntax test this then throw trait true try type union using val var \
            void when where while with yield",
        types: "bool bytes double float int int32 int64 string u8 u16 u32 u64 usize i32 i64 uint256 address num dynamic",
        comments: &["//", "--"],
        sigils: "@",
        ..C
    },
];
