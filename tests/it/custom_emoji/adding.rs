//! Adding, listing and removing: who may, and what is refused.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::{ada_and_bob, stored};
use crate::harness::account::Account;
use crate::harness::browser::Browser;
use crate::harness::database::connect;
use crate::harness::emoji::{animated_gif, emoji_form};
use crate::harness::http::{get, get_json, send};
use crate::harness::server::Server;
use crate::harness::uploads::png;

const PATH: &str = "/emoji/custom";

async fn names(account: &Account) -> Vec<Value> {
    let list = account.get(PATH).await.expect(200).json();
    let emoji = list["emoji"].as_array().expect("a list").iter();
    emoji.map(|one| one["name"].clone()).collect()
}

#[tokio::test]
async fn admins_add_and_remove_emoji_and_everyone_sees_the_list() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    assert_eq!(names(&bob).await, [""; 0]);
    let added = ada.add_emoji(":Party_Parrot:", &png(64, 64)).await;
    assert_eq!(added["name"], "party_parrot");
    assert_eq!(added["animated"], false);
    ada.add_emoji("blob", &animated_gif(32, 32)).await;
    for account in [&ada, &bob] {
        assert_eq!(names(account).await, ["blob", "party_parrot"]);
    }
    let list = bob.get(PATH).await.expect(200).json();
    assert_eq!(list["emoji"][1]["url"], added["url"]);
    assert_eq!(list["emoji"][1]["added_by"], "ada");
    let all = bob.get("/emoji").await.expect(200).json();
    assert_eq!(all["custom"][1], added);

    bob.try_add_emoji("mine", &png(8, 8)).await.expect(403);
    let remove =
        async |account: &Account| send(account.ask("DELETE", &format!("{PATH}/blob"))).await;
    let refused = remove(&bob).await.expect(403);
    assert_eq!(
        refused.detail(),
        "Only server admins can add and remove emoji."
    );
    assert_eq!(names(&bob).await, ["blob", "party_parrot"]);
    remove(&ada).await.expect(204);
    remove(&ada).await.expect(404);
    assert_eq!(names(&bob).await, ["party_parrot"]);
}

#[tokio::test]
async fn users_without_a_session_get_nothing() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    let added = ada.add_emoji("blob", &png(8, 8)).await;
    let picture = added["url"].as_str().expect("a URL");
    for path in [PATH, "/emoji", picture] {
        get_json(&format!("{}{path}", server.origin()))
            .await
            .expect(401);
    }
    let outsider = ada.with_token("00000000-0000-4000-8000-000000000000");
    outsider
        .try_add_emoji("other", &png(8, 8))
        .await
        .expect(401);
    send(outsider.ask("DELETE", &format!("{PATH}/blob")))
        .await
        .expect(401);
    assert_ne!(
        get(&format!("{}{picture}", server.origin())).await.status,
        200
    );
    assert_eq!(names(&ada).await, ["blob"]);
}

#[tokio::test]
async fn the_page_works_without_scripts_for_admins_and_offers_nothing_to_others() {
    let server = Server::unlimited();
    let (ada, bob) = ada_and_bob(&server).await;
    let (ada, bob) = (ada.browser().await, bob.browser().await);
    let page = bob.page(PATH).await.expect(200).text();
    assert!(
        !page.contains("<form class=\"fields fields--card\""),
        "{page}"
    );
    assert!(page.contains("Server admins can add them."));
    assert!(
        bob.page("/preferences")
            .await
            .text()
            .contains("href=\"/emoji/custom\"")
    );
    let submit = async |browser: &Browser, name: &str| {
        browser
            .submit_multipart(PATH, emoji_form(name, &png(20, 20)))
            .await
    };
    submit(&bob, "mine").await.expect(403);
    let added = submit(&ada, "blob").await.expect(303);
    let page = ada.page(added.header("location")).await.expect(200).text();
    assert!(page.contains(":blob: is ready to use."), "{page}");
    assert!(page.contains("action=\"/emoji/custom/blob/deletion\""));
    let page = bob.page(PATH).await.expect(200).text();
    assert!(
        page.contains(":blob:") && !page.contains("/deletion"),
        "{page}"
    );
    let deletion = format!("{PATH}/blob/deletion");
    bob.submit(&deletion, &[]).await.expect(403);
    let removed = ada.submit(&deletion, &[]).await.expect(303);
    let page = ada.page(removed.header("location")).await.text();
    assert!(page.contains(":blob: was removed."), "{page}");
    let hostile = ada.page("/emoji/custom?added=%3Cb%3E").await.text();
    assert!(!hostile.contains("is ready to use"), "{hostile}");
}

#[tokio::test]
async fn names_that_cannot_be_are_refused_and_stay_in_the_form() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    ada.add_emoji("taken", &png(8, 8)).await;
    let browser = ada.browser().await;
    let long = "x".repeat(33);
    for (name, status, sentence) in [
        ("", 422, "Enter a name."),
        ("a", 422, "Use 2 to 32 letters"),
        (&long, 422, "Use 2 to 32 letters"),
        ("a b", 422, "Use 2 to 32 letters"),
        ("\"><script>", 422, "Use 2 to 32 letters"),
        ("_ab", 422, "Use 2 to 32 letters"),
        ("smile", 422, "is already the name of 😄"),
        (":TADA:", 422, "is already the name of 🎉"),
        ("taken", 409, "There’s already an emoji with this name."),
    ] {
        let refused = ada.try_add_emoji(name, &png(8, 8)).await.expect(status);
        assert!(
            refused.detail().contains(sentence),
            "{name}: {}",
            refused.detail()
        );
        let form = emoji_form(name, &png(8, 8));
        let page = browser
            .submit_multipart(PATH, form)
            .await
            .expect(status)
            .text();
        assert!(page.contains(sentence), "{name}: {page}");
        let escaped = name
            .replace('"', "&#34;")
            .replace('<', "&#60;")
            .replace('>', "&#62;");
        assert!(
            page.contains(&format!("value=\"{escaped}\"")),
            "{name}: {page}"
        );
    }
    assert_eq!(names(&ada).await, ["taken"]);
    assert_eq!(stored(&server).len(), 1, "a refused picture leaves nothing");
}

#[tokio::test]
async fn files_that_are_no_small_pictures_are_refused_in_words() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    let mut huge = png(1, 1);
    huge[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    huge[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    let mut cut = png(300, 300);
    cut.truncate(60);
    // A frame of 60,000 px in a GIF that says 20.
    let mut wide_frame = animated_gif(20, 20);
    let frame = wide_frame
        .windows(9)
        .rposition(|at| at[0] == 0x2C && at[5..9] == [20, 0, 20, 0]);
    let frame = frame.expect("a frame");
    wide_frame[frame + 5..frame + 7].copy_from_slice(&60_000_u16.to_le_bytes());
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let (not, large, damaged) = ("isn’t a picture", "is too large", "is damaged");
    for (what, picture, status, sentence) in [
        ("nothing", &b""[..], 422, "Choose a picture."),
        ("text", b"hello", 422, not),
        ("SVG", svg, 422, not),
        ("50,000 px", &huge, 422, large),
        ("513 px", &png(513, 2), 422, large),
        ("a large animation", &animated_gif(300, 10), 422, large),
        ("a huge frame", &wide_frame, 422, large),
        ("a part of a picture", &cut, 422, damaged),
        (
            "300 KB",
            &vec![7; 300 << 10],
            413,
            "Files can be up to 256 KB.",
        ),
    ] {
        let refused = ada.try_add_emoji("blob", picture).await;
        assert_eq!(refused.status, status, "{what}: {}", refused.text());
        assert!(
            refused.detail().contains(sentence),
            "{what}: {}",
            refused.detail()
        );
        let form = emoji_form("blob", picture);
        let page = ada
            .browser()
            .await
            .submit_multipart(PATH, form)
            .await
            .text();
        assert!(
            page.contains(sentence) && page.contains("value=\"blob\""),
            "{what}: {page}"
        );
    }
    ada.try_add_emoji("blob", &vec![7; 3 << 20])
        .await
        .expect(413);
    ada.send("POST", PATH, &json!({"name": "blob"}))
        .await
        .expect(415);
    assert_eq!(names(&ada).await, [""; 0]);
    assert_eq!(stored(&server).len(), 0);
}

#[tokio::test]
async fn a_server_has_at_most_1000_emoji() {
    let server = Server::unlimited();
    let (ada, _) = ada_and_bob(&server).await;
    let mut conn = connect(&server.data());
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
        INSERT INTO emoji (name, token, hash, size, created_at)
        SELECT 'many-' || i, printf('%016x', i), 'x', 1, 0 FROM n";
    conn.batch_execute(many).expect("999 emoji");
    ada.add_emoji("last", &png(8, 8)).await;
    let refused = ada.try_add_emoji("more", &png(9, 9)).await.expect(409);
    assert!(
        refused.detail().contains("maximum of 1,000"),
        "{}",
        refused.detail()
    );
    let page = ada.browser().await.page(PATH).await.text();
    assert!(page.contains("Remove one to add another."));
    send(ada.ask("DELETE", &format!("{PATH}/last")))
        .await
        .expect(204);
    ada.add_emoji("more", &png(9, 9)).await;
}
