// Generated from the migrations by "deno task gen:types"; not to be edited.
// deno-lint-ignore-file

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "credit_ledger": {
        Row: {
          "actor": string;
          "created_at": string;
          "delta": number;
          "generation_id": string | null;
          "id": number;
          "kind": string;
          "note": string | null;
          "user_id": string;
        };
        ComputedFields: never;
        Insert: {
          "actor"?: string;
          "created_at"?: string;
          "delta": number;
          "generation_id"?: string | null;
          "id"?: never;
          "kind": string;
          "note"?: string | null;
          "user_id": string;
        };
        Update: {
          "actor"?: string;
          "created_at"?: string;
          "delta"?: number;
          "generation_id"?: string | null;
          "id"?: never;
          "kind"?: string;
          "note"?: string | null;
          "user_id"?: string;
        };
        Relationships: [
          {
            foreignKeyName: "credit_ledger_generation_id_fkey";
            columns: ["generation_id"];
            isOneToOne: false;
            referencedRelation: "generations";
            referencedColumns: ["id"];
          },
          {
            foreignKeyName: "credit_ledger_user_id_fkey";
            columns: ["user_id"];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: ["id"];
          },
        ];
      };
      "generations": {
        Row: {
          "attempt": number;
          "cost": number;
          "created_at": string;
          "deleted_at": string | null;
          "error_code": string | null;
          "finished_at": string | null;
          "height": number | null;
          "id": string;
          "message_id": number | null;
          "output_format": string;
          "prompt": string;
          "public_url": string | null;
          "quality": string;
          "queued_at": string | null;
          "request_id": string | null;
          "size": string;
          "started_at": string | null;
          "status": string;
          "user_id": string;
          "version": number;
          "width": number | null;
        };
        ComputedFields: never;
        Insert: {
          "attempt"?: number;
          "cost": number;
          "created_at"?: string;
          "deleted_at"?: string | null;
          "error_code"?: string | null;
          "finished_at"?: string | null;
          "height"?: number | null;
          "id"?: string;
          "message_id"?: number | null;
          "output_format": string;
          "prompt": string;
          "public_url"?: string | null;
          "quality": string;
          "queued_at"?: string | null;
          "request_id"?: string | null;
          "size": string;
          "started_at"?: string | null;
          "status"?: string;
          "user_id": string;
          "version"?: number;
          "width"?: number | null;
        };
        Update: {
          "attempt"?: number;
          "cost"?: number;
          "created_at"?: string;
          "deleted_at"?: string | null;
          "error_code"?: string | null;
          "finished_at"?: string | null;
          "height"?: number | null;
          "id"?: string;
          "message_id"?: number | null;
          "output_format"?: string;
          "prompt"?: string;
          "public_url"?: string | null;
          "quality"?: string;
          "queued_at"?: string | null;
          "request_id"?: string | null;
          "size"?: string;
          "started_at"?: string | null;
          "status"?: string;
          "user_id"?: string;
          "version"?: number;
          "width"?: number | null;
        };
        Relationships: [
          {
            foreignKeyName: "generations_user_id_fkey";
            columns: ["user_id"];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: ["id"];
          },
        ];
      };
      "prices": {
        Row: {
          "credits": number;
          "credits_per_image": number;
          "quality": string;
        };
        ComputedFields: never;
        Insert: {
          "credits": number;
          "credits_per_image"?: number;
          "quality": string;
        };
        Update: {
          "credits"?: number;
          "credits_per_image"?: number;
          "quality"?: string;
        };
        Relationships: [];
      };
      "users": {
        Row: {
          "allows_write_to_pm": boolean;
          "created_at": string;
          "credits": number;
          "erased_at": string | null;
          "first_name": string;
          "id": string;
          "language_code": string | null;
          "last_login_at": string;
          "last_name": string | null;
          "photo_url": string | null;
          "telegram_id": number | null;
          "username": string | null;
        };
        ComputedFields: never;
        Insert: {
          "allows_write_to_pm"?: boolean;
          "created_at"?: string;
          "credits"?: number;
          "erased_at"?: string | null;
          "first_name": string;
          "id"?: string;
          "language_code"?: string | null;
          "last_login_at"?: string;
          "last_name"?: string | null;
          "photo_url"?: string | null;
          "telegram_id"?: number | null;
          "username"?: string | null;
        };
        Update: {
          "allows_write_to_pm"?: boolean;
          "created_at"?: string;
          "credits"?: number;
          "erased_at"?: string | null;
          "first_name"?: string;
          "id"?: string;
          "language_code"?: string | null;
          "last_login_at"?: string;
          "last_name"?: string | null;
          "photo_url"?: string | null;
          "telegram_id"?: number | null;
          "username"?: string | null;
        };
        Relationships: [];
      };
    };
    Views: {
      [_ in never]: never;
    };
    Functions: {
      "announce_preview": {
        Args: {
          "attempt": number;
          "generation_id": string;
          "object_key": string;
          "preview_url": string;
        };
        Returns: boolean;
      };
      "claim_bot_messages": { Args: { "quantity": number }; Returns: Json };
      "claim_generations": {
        Args: { "provider_finished"?: Json; "quantity": number; "worker_id": string };
        Returns: Json;
      };
      "claim_model_check": { Args: Record<PropertyKey, never>; Returns: boolean };
      "complete_generation": {
        Args: {
          "attempt": number;
          "generation_id": string;
          "height"?: number;
          "latency_ms"?: number;
          "model"?: string;
          "provider_request_id"?: string;
          "public_url": string;
          "recovered"?: boolean;
          "usage"?: Json;
          "width"?: number;
        };
        Returns: Json;
      };
      "count_events": { Args: { "events": Json }; Returns: undefined };
      "delete_generation": {
        Args: {
          "generation_id": string;
          "pending_only"?: boolean;
          "session_id": string;
          "user_id": string;
        };
        Returns: Json;
      };
      "extend_leases": { Args: { "attempts": Json; "worker_id": string }; Returns: Json };
      "fail_generation": {
        Args: {
          "attempt": number;
          "delay_ms"?: number;
          "error_code": string;
          "error_message": string;
          "generation_id": string;
          "kind": string;
          "latency_ms"?: number;
          "maybe_billed"?: boolean;
          "model"?: string;
          "provider_request_id"?: string;
          "retry_after_ms"?: number;
          "signature"?: string;
        };
        Returns: Json;
      };
      "get_generation": {
        Args: { "generation_id": string; "session_id": string; "user_id": string };
        Returns: Json;
      };
      "get_tuning": { Args: Record<PropertyKey, never>; Returns: Json };
      "list_generations": {
        Args: {
          "before_created_at"?: string;
          "before_id"?: string;
          "page_size": number;
          "session_id": string;
          "user_id": string;
        };
        Returns: Json;
      };
      "login_user": {
        Args: {
          "allows_write_to_pm": boolean;
          "first_name": string;
          "language_code": string;
          "last_name": string;
          "photo_url": string;
          "refresh_token_hash": string;
          "telegram_id": number;
          "telegram_id_hash"?: string;
          "username": string;
        };
        Returns: Json;
      };
      "pause_for_storage": { Args: { "note": string }; Returns: undefined };
      "read_metrics": { Args: Record<PropertyKey, never>; Returns: Json };
      "read_rate_limit": {
        Args: { "identifier": string; "rule_name": string; "tokens_per_minute": number };
        Returns: Json;
      };
      "record_models": { Args: { "models": Json }; Returns: undefined };
      "refresh_session": {
        Args: {
          "attempts_per_minute"?: number;
          "next_refresh_token_hash": string;
          "refresh_token_hash": string;
        };
        Returns: Json;
      };
      "retire_model": { Args: { "model": string; "models_left": number }; Returns: undefined };
      "revoke_session": { Args: { "session_id": string; "user_id": string }; Returns: undefined };
      "settle_bot_message": {
        Args: { "generation_id": string; "outcome": string; "retry_after_seconds"?: number };
        Returns: undefined;
      };
      "settle_object_deletions": {
        Args: { "object_keys"?: (string)[]; "page_size"?: number };
        Returns: Json;
      };
      "submit_generations": { Args: { "submissions": Json }; Returns: Json };
      "take_rate_limit_token": {
        Args: { "identifier": string; "rule_name": string; "tokens_per_minute": number };
        Returns: Json;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Insert: infer I;
    } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends
    {
      Update: infer U;
    } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][
    CompositeTypeName
  ]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
