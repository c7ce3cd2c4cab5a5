//! The languages that the highlighter knows: comments, strings and keywords.

use std::sync::LazyLock;

/// The syntax of one language, or of several that look alike.
#[derive(Default)]
pub struct Language {
    /// The names after a fence, separated by spaces.
    names: &'static str,
    /// Reserved words and built-in types, separated by white space.
    pub keywords: &'static str,
    pub line_comments: Vec<&'static str>,
    /// Start and end of each kind of block comment.
    pub block_comments: Vec<(&'static str, &'static str)>,
    /// String literals, the longest delimiters first.
    pub strings: Vec<StringStyle>,
    /// Classes of words by the characters before them, as `$` before a variable in PHP.
    pub prefixes: Vec<(&'static str, &'static str)>,
    /// Characters of a word besides letters, digits and `_`.
    pub word_chars: &'static str,
    /// Characters that make the word or string before them a key.
    pub keys: &'static str,
    /// Classes of whole lines by their start. Nothing else is highlighted in such a language.
    pub line_starts: Vec<(&'static str, String)>,
    /// Whether keywords may be written in any case.
    pub ignore_case: bool,
}

/// The delimiters of a string literal.
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

/// The language with this name after a fence, in any case.
pub fn find(name: &str) -> Option<&'static Language> {
    static LANGUAGES: LazyLock<Vec<Language>> =
        LazyLock::new(|| TABLE.split("\n@ ").skip(1).map(Language::parse).collect());
    LANGUAGES.iter().find(|language| {
        let mut names = language.names.split(' ');
        names.any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// Languages and formats that are shown without highlighting.
const PLAIN: &str = "text txt plain plaintext none log logs output stdout ascii csv tsv http regex regexp mermaid \
    plantuml graphviz latex tex bibtex asm nasm wasm wat llvm fortran f90 pascal delphi cobol vb vbnet vba \
    lisp elisp clojure clj scheme racket erlang erl prolog matlab octave tcl awk sed vim nginx apache hcl terraform tf \
    cmake meson bazel starlark bat batch cmd powershell glsl hlsl wgsl cuda opencl verilog vhdl systemverilog coffee \
    coffeescript elm purescript rescript idris agda coq smalltalk apl abap sas stata \
    gdscript godot handlebars hbs mustache twig ejs pug haml erb astro mdx rst asciidoc adoc \
    jsonl ndjson plist avro thrift capnp cypher sparql kql promql jq gitignore gitattributes systemd \
    katex mediawiki";

/// Whether a word is the name of a language or format.
pub fn is_known(name: &str) -> bool {
    let mut plain = PLAIN.split(' ');
    find(name).is_some() || plain.any(|known| known.eq_ignore_ascii_case(name))
}

impl Language {
    /// Parses an entry of [`TABLE`].
    fn parse(entry: &'static str) -> Language {
        let (header, keywords) = entry.split_once('\n').unwrap_or((entry, ""));
        let (names, options) = header.split_once(" | ").unwrap_or((header, ""));
        let mut language = Language {
            names,
            keywords,
            ..Language::default()
        };
        for option in options.split(' ') {
            language.set(option.split_once('=').unwrap_or((option, "")));
        }
        if language.strings.is_empty() {
            language.set(("string", "\"…\""));
            language.set(("string", "'…'"));
        }
        language
    }

    fn set(&mut self, (option, value): (&str, &'static str)) {
        let pair = |separator| value.split_once(separator).unwrap_or((value, ""));
        let kind = match option {
            "string" => StringKind::SingleLine,
            "text" => StringKind::MultiLine,
            "raw" => StringKind::Raw,
            "line" => return self.line_comments.push(value),
            "block" => return self.block_comments.push(pair('…')),
            "prefix" => return self.prefixes.push(pair(':')),
            "start" => {
                let (class, start) = pair(':');
                return self.line_starts.push((class, start.replace('_', " ")));
            }
            "word" => return self.word_chars = value,
            "key" => return self.keys = value,
            _ => return self.ignore_case |= option == "ignore_case",
        };
        let (open, close) = pair('…');
        self.strings.push(StringStyle { open, close, kind });
    }
}

/// For each language a line `@ names | options` and lines of keywords. Options are named as the fields of [`Language`]:
/// `string`, `text` and `raw` are the kinds of [`StringKind`]; without them, strings are as in C. `…` separates start
/// and end, `prefix` and `start` give a class, `_` is a space. In Rust, a single quote also begins a lifetime, so only
/// the characters that would begin a string are listed.
const TABLE: &str = r####"
@ rust rs | line=// block=/*…*/ raw=r##"…"## raw=r#"…"# raw=r"…" raw='"'… raw='\"'… text="…"
as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub
ref return self Self static struct super trait true type unsafe use where while bool char str u8 u16 u32 u64 u128
usize i8 i16 i32 i64 i128 isize f32 f64
@ javascript js jsx mjs cjs node typescript ts tsx | line=// block=/*…*/ string="…" string='…' text=`…` prefix=v:@ word=$
abstract as async await break case catch class const continue debugger declare default delete do else enum export
extends false finally for from function get if implements import in instanceof interface keyof let namespace new null
of private protected public readonly return satisfies set static super switch this throw true try type typeof
undefined var void while with yield any bigint boolean never number object string symbol unknown
@ css scss sass less | line=// block=/*…*/ prefix=v:$ prefix=v:@ word=- key=:
important media import supports layer font-face keyframes container include mixin extend use
@ go golang | line=// block=/*…*/ string="…" string='…' raw=`…`
break case chan const continue default defer else fallthrough false for func go goto if import interface iota map nil
package range return select struct switch true type var any bool byte complex64 complex128 error float32 float64 int
int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr
@ java groovy gradle | line=// block=/*…*/ text="""…""" string="…" string='…' prefix=v:@
abstract assert break case catch class continue default do else enum extends false final finally for if implements
import instanceof interface native new null package permits private protected public record return sealed static super
switch synchronized this throw throws transient true try var void volatile while yield def boolean byte char double
float int long short
@ kotlin kt kts | line=// block=/*…*/ text="""…""" string="…" string='…' prefix=v:@
abstract as break by class companion const constructor continue data do else enum false final finally for fun if
import in init inline interface internal is lateinit null object open operator override package private protected
public return sealed super suspend this throw true try typealias val var when where while
@ swift | line=// block=/*…*/ text="""…""" string="…" prefix=v:@ prefix=v:#
actor as async await break case catch class continue default defer deinit do else enum extension fallthrough false for
func guard if import in init inout internal is let mutating nil open operator override private protocol public repeat
rethrows return self Self static struct subscript super switch throw throws true try typealias var where while
@ c h cpp c++ cc cxx hpp objc arduino | line=// block=/*…*/ prefix=v:#
alignas alignof break case catch class concept const constexpr const_cast continue default delete do dynamic_cast else
enum explicit export extern false final for friend goto if inline mutable namespace new noexcept nullptr NULL operator
override private protected public register reinterpret_cast requires return sizeof static static_assert static_cast
struct switch template this throw true try typedef typename union using virtual volatile while int char void float
double long short unsigned signed bool size_t ssize_t uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t
int64_t auto wchar_t FILE
@ csharp c# cs dotnet | line=// block=/*…*/ text="""…""" raw=@"…" string="…" string='…' prefix=v:#
abstract as async await base break case catch class const continue default delegate do else enum event explicit extern
false finally for foreach get if implicit in init interface internal is lock namespace new null operator out override
params private protected public readonly record ref required return sealed set static struct switch this throw true
try typeof using var virtual void when where while with yield bool byte char decimal double dynamic float int long
object sbyte short string uint ulong ushort
@ php | line=// line=# block=/*…*/ prefix=v:$
abstract and array as break case catch class clone const continue declare default do echo else elseif enum extends
false final finally fn for foreach function global if implements instanceof interface isset match namespace new null
or php print private protected public readonly require require_once return static switch this throw trait true try
unset use var while yield bool float int iterable mixed never object string void
@ scala dart zig haskell hs fsharp f# ocaml ml protobuf proto graphql gql solidity sol v d | line=// line=-- block=/*…*/ prefix=v:@
abstract and async await break case catch class comptime const continue data def defer do else enum export extends
external factory false final finally fn for fun function given if implements import in instance interface is late let
lazy library match message mixin module mut mutation new null object of open override package private protected pub
public query rec repeated required return rpc sealed service static struct super switch syntax test this then throw
trait true try type union using val var void when where while with yield bool bytes double float int int32 int64
string u8 u16 u32 u64 usize i32 i64 uint256 address num dynamic
@ python py python3 pyi | line=# text="""…""" text='''…''' string="…" string='…' prefix=v:@
and as assert async await break class continue def del elif else except False finally for from global if import in is
lambda match None nonlocal not or pass raise return self True try while with yield int str float bool bytes list dict
set tuple object type
@ json json5 jsonc | line=// block=/*…*/ key=:
true false null
@ html htm xml svg xhtml vue svelte jinja askama | block=<!--…--> raw="…" prefix=k:</ prefix=k:< prefix=n:& word=-: key==
@ sql sqlite mysql postgres postgresql psql plsql | line=-- line=# block=/*…*/ raw='…' string="…" raw=`…` ignore_case
add all alter and as asc autoincrement begin between by case check collate column commit constraint create cross
database default delete desc distinct drop else end except exists explain false foreign from full grant group having
if in index inner insert intersect into is join key left like limit materialized natural not null offset on or order
outer over partition pragma primary references returning right rollback row rows select set table then to transaction
trigger true truncate union unique update using values view when where window with without bigint blob bool boolean
bytea char date datetime decimal double float int integer json jsonb numeric real serial smallint text time timestamp
timestamptz uuid varchar
@ bash sh shell zsh console fish terminal | line=# text="…" raw='…' prefix=v:$ word=-
if then else elif fi for while until do done case esac in function select return exit break continue local export
readonly declare set unset source alias trap echo printf cd read test exec eval sudo shift true false
@ ruby rb rake irb | line=# prefix=v:@ prefix=v:$ prefix=v::
alias and attr_accessor attr_reader begin break case class def defined do else elsif end ensure extend false for if in
include module next nil not or private protected public raise redo require require_relative rescue retry return self
super then true undef unless until when while yield
@ yaml yml | line=# prefix=v:& prefix=v:* word=-. key=:
true false null yes no on off
@ toml ini conf cfg properties env dotenv editorconfig | line=# line=; text="""…""" text='''…''' string="…" raw='…' word=-. key==
true false
@ diff patch | start=m:+++_ start=m:---_ start=m:diff_ start=m:index_ start=f:@@ start=i:+ start=d:-
@ markdown md | start=k:# start=c:> start=s:``` start=s:____
@ dockerfile docker containerfile | line=# prefix=v:$ word=-
FROM AS RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD STOPSIGNAL HEALTHCHECK
SHELL
@ lua luau | line=-- block=--[[…]] raw=[[…]] string="…" string='…'
and break do else elseif end false for function goto if in local nil not or repeat return then true until while
@ make makefile mk just justfile | line=# prefix=v:$ word=-. key=:=
define else endef endif export ifdef ifeq ifndef ifneq include override
@ nix elixir ex exs perl pl r julia jl powershell ps1 nim crystal tcl | line=# prefix=v:$ prefix=v:@
and begin case cond def defmodule defp do else elsif elseif end export false FALSE fn for foreach function if import
in inherit let library local module my next nil not NULL null or our param package proc rec repeat require return
rescue sub then true TRUE undef unless until use using when while with
"####;
