//! Valid names, invalid names, and names that count as the same.

use super::*;

fn name(text: &str) -> Username {
    Username::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn refused(text: &str) -> &'static str {
    match Username::parse(text) {
        Ok(name) => panic!("{text:?} became {name:?}"),
        Err(sentence) => sentence,
    }
}

/// Asserts that all names have one key.
fn same(names: &[&str]) {
    for other in names {
        let (first, key) = (names[0], name(other));
        assert_eq!(name(first).key(), key.key(), "{first} and {other}");
    }
}

#[test]
fn names_of_every_script_are_welcome() {
    for text in "ada Ada_Lovelace-1815.x 7 _x_ Zoë Łukasz Владимир Νίκος محمد דוד नरेंद्र \
        ประยุทธ์ 田中さん 김철수 Nguyễn ʻOkina ß ա አበበ"
        .split(' ')
    {
        let shown: String = text.nfkc().collect();
        assert_eq!(name(text).shown(), shown);
    }
    assert_eq!(name(&"é".repeat(32)).shown().chars().count(), 32);
}

#[test]
fn names_are_trimmed_and_normalised() {
    assert_eq!(name(" \t ada\u{3000}\n").shown(), "ada");
    assert_eq!(name("ａｄａ").shown(), "ada");
    assert_eq!(name("Zoe\u{308}").shown(), "Zoë");
    let decomposed = "e\u{301}".repeat(32);
    assert_eq!(name(&decomposed).shown(), "é".repeat(32), "32 after NFKC");
}

#[test]
fn other_texts_are_refused_with_a_sentence() {
    let long = "x".repeat(33);
    let huge = "x".repeat(1_000_000);
    let expands = "\u{FDFA}".repeat(2); // 18 characters each in NFKC, with spaces
    let short = "| |\n|a b|a\tb|a@b|a/b|<b>|a&b|a\"b|a'b|a:b|a,b|a\0b|😀|½|a\u{2800}b|...|_|-_.|\u{301}ada\
        |a\u{301}\u{302}\u{303}\u{304}\u{305}|\u{2028}x\u{2028}y|€|a\u{7F}";
    for text in short.split('|').chain([&*long, &huge, &expands]) {
        let sentence = refused(text);
        let is_sentence = sentence.ends_with('.') && sentence.len() > 15;
        assert!(is_sentence, "{text:?}: {sentence}");
    }
}

#[test]
fn invisible_characters_are_refused_wherever_they_stand() {
    for c in "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{180B}\u{180E}\u{180F}\u{200B}\
        \u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202E}\u{2060}\u{2066}\u{2069}\
        \u{206F}\u{3164}\u{FE00}\u{FE0F}\u{FEFF}\u{FFA0}\u{FFF0}\u{FFF8}\u{E0001}\
        \u{E0020}\u{E007F}\u{E0100}\u{E01EF}\u{E0FFF}\u{1D173}\u{1BCA0}"
        .chars()
    {
        for text in [format!("ad{c}a"), format!("{c}ada"), format!("ada{c}")] {
            let code = u32::from(c);
            assert!(refused(&text).contains("invisible"), "U+{code:04X}");
        }
    }
}

#[test]
fn reserved_names_are_refused_in_every_disguise() {
    for text in "server Server SERVER ѕеrvеr ｓｅｒｖｅｒ me Me ME mе Ме system System ЅYSTEM rne \
        room here all All ａｌｌ channel CHANNEL everyone Everyone еveryone"
        .split(' ')
    {
        let reserved = "That username is reserved. Try another.";
        assert_eq!(refused(text), reserved, "{text}");
    }
    for text in ["servers", "mee", "em", "systems", "my"] {
        name(text);
    }
}

#[test]
fn case_makes_no_difference() {
    same(&["ada", "Ada", "ADA"]);
    same(&["McIntyre", "mcintyre", "MCINTYRE"]);
    same(&["анна", "Анна", "АННА"]);
    same(&["вова", "ВОВА"]);
    same(&["мама", "МАМА"]);
    same(&["юрий", "ЮРИЙ"]);
    same(&["Νίκος", "νίκος", "ΝΊΚΟΣ", "νίκοσ"]);
    same(&["νανά", "ΝΑΝΆ", "Νανά"]);
    same(&["zoë", "ZOË", "Zoe\u{308}"]);
    same(&["straße", "STRASSE", "STRAẞE", "strasse"]);
    same(&["istanbul", "İstanbul", "ISTANBUL", "ıstanbul"]);
    same(&["ꭰꭱ", "ᎠᎡ"]);
    same(&["Армен", "АРМЕН"]);
    same(&["արամ", "ԱՐԱՄ"]);
    same(&["łódź", "ŁÓDŹ"]);
}

#[test]
fn look_alikes_make_no_difference() {
    same(&[
        "admin",
        "Admin",
        "аdmin",
        "аdmіn",
        "ａｄｍｉｎ",
        "АDМІN",
        "adrnin",
        "аԁmin",
        "adm1n",
        "𝒶𝒹𝓂𝒾𝓃",
    ]);
    same(&["paypal", "paypaI", "PayPaI", "раураl", "paypa1", "PAYPAL"]);
    same(&["Bob", "Воb", "ВОВ", "b0b", "bоb"]);
    same(&["hat", "НАТ", "Ηat", "Hаt"]);
    same(&["Nick", "Νick", "NICK"]);
    same(&["viktor", "νiktor", "Viktor", "νikτor"]);
    same(&["Tom", "Тоm", "ТОМ", "Τοm"]);
    same(&["coco", "сосо", "СОСО", "c0c0"]);
    same(&["kate", "Кate", "Κate"]);
    same(&["Ella", "EIIa", "El1a", "Elia"]);
}

#[test]
fn names_that_look_alike_only_in_capitals_share_their_look() {
    for (greek, cyrillic) in [("Γ1x", "Г1x"), ("ΑΒΓ", "АВГ"), ("γ", "г"), ("Πx", "Пx")]
    {
        let (one, other) = (name(greek), name(cyrillic));
        assert_eq!(one.keys().look, other.keys().look, "{greek} and {cyrillic}");
    }
    assert_eq!(name("ΑΒΓ").keys().look, name("ABГ").keys().look);
}

#[test]
fn different_names_stay_different() {
    let names: Vec<&str> =
        "ada bob nina viva eve zoe zoë ana anna ann hans nans uwe yve tom dom jon john \
        kate cate анна нина вова Νίκος 田中 中田 a-b a_b a.b ab user2 user3 user5 user6 \
        user8 user9 ян яна мария марина ali alo gina dina paul раиса"
            .split(' ')
            .collect();
    for (i, a) in names.iter().enumerate() {
        for b in &names[..i] {
            assert_ne!(name(a).key(), name(b).key(), "{a} and {b}");
            assert_ne!(name(a).keys().look, name(b).keys().look, "{a} and {b}");
        }
    }
}

#[test]
fn every_letter_has_one_key_in_both_cases_and_in_every_normal_form() {
    let letters = (0..=0x10_FFFF).filter_map(char::from_u32);
    for letter in letters.filter(|c| c.is_alphanumeric() && !('가'..='힣').contains(c)) {
        let forms: [String; 4] = [
            letter.to_uppercase().collect(),
            letter.to_lowercase().collect(),
            letter.nfd().collect(),
            letter.nfkc().collect(),
        ];
        let letter = letter.to_string();
        for form in forms.iter().filter(|form| **form != letter) {
            assert_eq!(fold(&letter), fold(form), "{letter} and {form}");
        }
    }
}

#[test]
fn looking_up_takes_any_text() {
    assert_eq!(fold(" ADA "), name("ada").key());
    assert_eq!(fold(""), "");
    assert_eq!(fold("no such\0name 😀"), fold("NO SUCH\0NAME 😀"));
}

#[test]
fn families_of_emoji_stay_together() {
    assert_eq!(one_line("👩‍👩‍👧 ❤️"), "👩‍👩‍👧 ❤️");
}

#[test]
fn names_with_the_same_letters_share_their_letters() {
    for name in [
        "Ada Lovelace",
        "ada_lovelace",
        "ADA.LOVELACE.",
        "@ada-lovelace ✓",
        "Adà Lovelace",
        "аdа lоvеlасе",
    ] {
        assert_eq!(letters(name), letters("adalovelace"), "{name}");
    }
    for other in ["ada", "adalovelaces", "ada lovelock", "李小龙", "राम", ""] {
        assert_ne!(letters(other), letters("adalovelace"), "{other}");
    }
    assert_ne!(letters("राम"), letters("रम"), "vowel signs are letters");
    assert_eq!(letters("… 🎉"), "");
}

#[test]
fn a_user_is_shown_by_the_display_name_if_there_is_one() {
    assert_eq!(shown_name("ada", ""), "ada");
    assert_eq!(shown_name("ada", "Ada Lovelace"), "Ada Lovelace");
}

#[test]
fn the_table_of_ascii_keys_has_the_keys_of_every_text() {
    let every: String = (0..128_u8).map(char::from).collect();
    let pairs = every
        .chars()
        .flat_map(|a| every.chars().map(move |b| format!("{a}{b}")));
    for text in pairs.chain([every.clone(), " Ada Lovelace-1815 ".into(), String::new()]) {
        assert_eq!(fold(&text), fold_any(&text), "{text:?}");
    }
}
