//! All other languages.

use super::{
    C, DOUBLE, HASH, Kind, LITERAL, LONG_DOUBLE, LONG_SINGLE, Language, SINGLE, TICKS, quote,
};

pub static OTHERS: &[Language] = &[
    Language {
        names: "python py python3 pyi",
        keywords: "and as assert async await break class continue def del elif else except False finally for from \
            global if import in is lambda match None nonlocal not or pass raise return self True try while with yield",
        types: "int str float bool bytes list dict set tuple object type",
        quotes: &[LONG_DOUBLE, LONG_SINGLE, DOUBLE, SINGLE],
        sigils: "@",
        ..HASH
    },
    Language {
        names: "json json5 jsonc",
        keywords: "true false null",
        keys: ":",
        ..C
    },
    Language {
        names: "html htm xml svg xhtml vue svelte jinja askama",
        kind: Kind::Tags,
        ..C
    },
    Language {
        names: "sql sqlite mysql postgres postgresql psql plsql",
        keywords: "add all alter and as asc autoincrement begin between by case check collate column commit \
            constraint create cross database default delete desc distinct drop else end except exists explain false \
            foreign from full grant group having if in index inner insert intersect into is join key left like \
            limit materialized natural not null offset on or order outer over partition pragma primary references \
            returning right rollback row rows select set table then to transaction trigger true truncate union \
            unique update using values view when where window with without",
        types: "bigint blob bool boolean bytea char date datetime decimal double float int integer json jsonb \
            numeric real serial smallint text time timestamp timestamptz uuid varchar",
        comments: &["--", "#"],
        quotes: &[LITERAL, DOUBLE, TICKS],
        any_case: true,
        ..C
    },
    Language {
        names: "bash sh shell zsh console fish terminal",
        keywords: "if then else elif fi for while until do done case esac in function select return exit break \
            continue local export readonly declare set unset source alias trap echo printf cd read test exec eval \
            sudo shift true false",
        quotes: &[quote("\"", "\"", true, true), LITERAL],
        sigils: "$",
        joins: "-",
        ..HASH
    },
    Language {
        names: "ruby rb rake irb",
        keywords: "alias and attr_accessor attr_reader begin break case class def defined do else elsif end ensure \
            extend false for if in include module next nil not or private protected public raise redo require \
            require_relative rescue retry return self super then true undef unless until when while yield",
        sigils: "@$:",
        ..HASH
    },
    Language {
        names: "yaml yml",
        keywords: "true false null yes no on off",
        joins: "-.",
        sigils: "&*",
        keys: ":",
        ..HASH
    },
    Language {
        names: "toml ini conf cfg properties env dotenv editorconfig",
        keywords: "true false",
        comments: &["#", ";"],
        quotes: &[LONG_DOUBLE, LONG_SINGLE, DOUBLE, LITERAL],
        joins: "-.",
        keys: "=",
        ..HASH
    },
    Language {
        names: "diff patch",
        kind: Kind::Lines(&[
            ("+++ ", "m"),
            ("--- ", "m"),
            ("diff ", "m"),
            ("index ", "m"),
            ("@@", "f"),
            ("+", "i"),
            ("-", "d"),
        ]),
        ..C
    },
    Language {
        names: "markdown md",
        kind: Kind::Lines(&[("#", "k"), (">", "c"), ("```", "s"), ("    ", "s")]),
        ..C
    },
    Language {
        names: "dockerfile docker containerfile",
        keywords: "FROM AS RUN CMD LABEL MAINTAINER EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD \
            STOPSIGNAL HEALTHCHECK SHELL",
        sigils: "$",
        joins: "-",
        ..HASH
    },
    Language {
        names: "lua luau",
        keywords: "and break do else elseif end false for function goto if in local nil not or repeat return then \
            true until while",
        comments: &["--"],
        blocks: &[("--[[", "]]")],
        quotes: &[quote("[[", "]]", false, true), DOUBLE, SINGLE],
        ..C
    },
    Language {
        names: "make makefile mk just justfile",
        keywords: "define else endef endif export ifdef ifeq ifndef ifneq include override",
        sigils: "$",
        joins: "-.",
        keys: ":=",
        ..HASH
    },
    Language {
        names: "nix elixir ex exs perl pl r julia jl powershell ps1 nim crystal tcl",
        keywords: "and begin case cond def defmodule defp do else elsif elseif end export false FALSE fn for foreach \
            function if import in inherit let library local module my next nil not NULL null or our param package \
            proc rec repeat require return rescue sub then true TRUE undef unless until use using when while with",
        sigils: "$@",
        ..HASH
    },
];
