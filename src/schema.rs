//! The tables as diesel sees them; the truth is in `migrations/`.

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        username_look -> Text,
        password_hash -> Text,
        created_at -> BigInt,
        display_name -> Text,
        about -> Text,
        time_zone -> Text,
        is_admin -> Bool,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        token_hash -> Binary,
        user_id -> BigInt,
        created_at -> BigInt,
        seen_at -> BigInt,
    }
}

diesel::table! {
    rooms (id) {
        id -> BigInt,
        name -> Text,
        is_default -> Bool,
        rev -> BigInt,
        created_at -> BigInt,
        kind -> Integer,
        topic -> Text,
        name_key -> Nullable<Text>,
        people_key -> Nullable<Text>,
        archived_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    members (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        joined_at -> BigInt,
        role -> Integer,
        read_id -> BigInt,
        notify -> Integer,
        is_hidden -> Bool,
        is_favourite -> Bool,
    }
}

diesel::table! {
    messages (id) {
        id -> BigInt,
        room_id -> BigInt,
        author_id -> BigInt,
        client_id -> Text,
        body -> Text,
        place -> Integer,
        created_rev -> BigInt,
        rev -> BigInt,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        html -> Text,
        html_version -> Integer,
        reply_to -> Nullable<BigInt>,
        thread_id -> Nullable<BigInt>,
        answers -> BigInt,
        last_answer -> Nullable<BigInt>,
        calls -> Integer,
        pinned_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    edits (message_id, rev) {
        message_id -> BigInt,
        rev -> BigInt,
        body -> Text,
        written_at -> BigInt,
    }
}

diesel::table! {
    reactions (message_id, emoji, user_id) {
        message_id -> BigInt,
        emoji -> Text,
        user_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    follows (user_id, room_id, thread_id) {
        user_id -> BigInt,
        room_id -> BigInt,
        thread_id -> BigInt,
        following -> Bool,
        read_id -> BigInt,
    }
}

diesel::table! {
    saved (user_id, message_id) {
        user_id -> BigInt,
        message_id -> BigInt,
        saved_at -> BigInt,
    }
}

diesel::table! {
    mentions (user_id, room_id, message_id) {
        user_id -> BigInt,
        room_id -> BigInt,
        message_id -> BigInt,
    }
}

diesel::table! {
    upkeep (name) {
        name -> Text,
        done -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        payload -> Text,
        run_at -> BigInt,
        attempts -> Integer,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    pulse (id) {
        id -> BigInt,
        at -> BigInt,
    }
}

diesel::joinable!(messages -> users (author_id));
diesel::joinable!(mentions -> users (user_id));
diesel::joinable!(edits -> messages (message_id));
diesel::joinable!(reactions -> users (user_id));
diesel::joinable!(follows -> messages (thread_id));
diesel::joinable!(saved -> messages (message_id));
diesel::joinable!(members -> rooms (room_id));
diesel::joinable!(members -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    users, sessions, rooms, members, messages, mentions, edits, reactions, follows, saved
);
